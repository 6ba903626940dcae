/** What a reading takes for granted, and what would show it. */
export const assumptionTexts = {
  'no-former-mount': [
    'SSM read the files that are there now. A mount that is gone could have covered them when the kubelet started;',
    'only its running configuration (configz) would show that.',
  ].join(' '),
};

export type Assumption = keyof typeof assumptionTexts;

export const assumptions = Object.keys(assumptionTexts) as readonly Assumption[];
