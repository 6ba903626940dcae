import { parseSettings, SettingsError } from '../../infra/config/settings.ts';
import { controls } from '../../lambda/core/judge/controls/index.ts';
import { everyRemediation, everySetting, everythingOwned, ownRemediation } from './synthesise.ts';

const slugs = controls.map(({ slug }) => slug);
const accounts = (count: number) => Array.from({ length: count }, (_, index) => String(111122220000 + index));
const approvers = (count: number) =>
  Array.from(
    { length: count },
    (_, index) => `arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*${index}`,
  );
const units = (count: number) =>
  Array.from({ length: count }, (_, index) => `ou-ab12-${String(index).padStart(32, '0')}`);

/** The longest list that the settings still take. */
function fullest(settings: (count: number) => object): object {
  let [taken, refused] = [1, 1_000];
  while (refused - taken > 1) {
    const count = Math.floor((taken + refused) / 2);
    if (accepted(settings(count))) taken = count;
    else refused = count;
  }
  return settings(taken);
}

function accepted(settings: object): boolean {
  try {
    parseSettings(settings);
    return true;
  } catch (error) {
    if (error instanceof SettingsError) return false;
    throw error;
  }
}

const { organization } = everySetting;
const { kmsKey } = everythingOwned;
const most = { ...everyRemediation, controls: slugs };

/** Settings that use everything, and those that reach what AWS has room for: what holds for them holds for all between. */
export const settingsAtTheEdge: readonly (readonly [of: string, settings: object])[] = [
  ['own account', {}],
  ['organization', everySetting],
  ['remediation, own account', ownRemediation],
  ['remediation, organization', everyRemediation],
  ['tags, key, topic and bus of their own', everythingOwned],
  [
    'own account with a key, mails and a bus',
    {
      ...everythingOwned,
      organization: undefined,
      alertTopic: undefined,
      alertAddresses: ['platform@example.com'],
      vpc: undefined,
      sources: ['configz', 'ssm'],
      remediation: undefined,
    },
  ],
  [
    'as many accounts as can be',
    fullest((count) => ({ accounts: accounts(count), controls: slugs, vpc: everySetting.vpc, kmsKey })),
  ],
  [
    'as many accounts as can be, with the longest prefix of role names',
    fullest((count) => ({
      accounts: accounts(count),
      controls: slugs,
      vpc: everySetting.vpc,
      kmsKey,
      roleNamePrefix: 'p'.repeat(32),
    })),
  ],
  [
    'as many accounts as can be fixed',
    fullest((count) => ({ ...ownRemediation, accounts: accounts(count), controls: slugs, kmsKey })),
  ],
  [
    'as many accounts as can be left out',
    fullest((count) => ({ ...most, organization: { ...organization, exclude: accounts(count) } })),
  ],
  [
    'as many units as can be',
    fullest((count) => ({ ...most, organization: { ...organization, units: units(count) } })),
  ],
  [
    'as many tags as can be',
    fullest((count) => ({
      ...most,
      tags: Object.fromEntries(Array.from({ length: count }, (_, index) => [`tag${index}`, 'v'.repeat(200)])),
    })),
  ],
  [
    'as many approvers as can be',
    fullest((count) => ({ ...most, remediation: { ...everyRemediation.remediation, approvers: approvers(count) } })),
  ],
];
