import type { KubeletFacts } from '../model.ts';
import { numbered } from './shared/numbered.ts';
import { type Ruling, settingControl } from './shared/setting-control.ts';

const setting = 'rotateCertificates';

/**
 * The benchmark accepts true and "not set", though the default is false. configz leaves false out, so there the two look alike: only a flag or a
 * file can say false, and what another source read of them counts. Trivy fails every node here.
 */
export const rotateCertificates = settingControl({
  slug: 'kubelet-rotate-certificates',
  setting,
  claim: 'kubelet may renew its client certificate',
  must: 'is not switched off',
  expected: 'true, or not set',
  why: (name) =>
    `With ${name} the kubelet asks for a new client certificate before the old one ends, so that a stolen one is of use for a short time only.`,
  severity: 'LOW',
  numbers: numbered({
    '1.2.0': '3.2.10 M',
    '1.4.0': '3.2.8 A',
    '1.5.0': '3.2.8 A',
    '1.7.0': '3.2.8 A',
    '1.8.0': '3.2.8 A',
  }),
  caveats: [
    'Not set passes, though the default is false; Trivy calls it a failure.',
    'configz cannot tell false from not set, so it passes there with a note; only a flag or a file can say false.',
    'EKS nodes usually speak to the API server with IAM tokens and have no client certificate to renew.',
  ],
  rule: ({ value, origin, surroundings }): Ruling => {
    if (value === true) return { holds: true };
    if (origin.from === 'default')
      return { holds: true, notes: ['not set, which the benchmark accepts, though the default is false'] };
    if (origin.from !== 'running') return { holds: false };

    const switchedOff = (surroundings.otherFacts ?? []).some(saysFalse);
    if (switchedOff) return { holds: false, notes: ['another source saw that a flag or a file sets it to false'] };
    return {
      holds: true,
      shownAs: 'false or not set',
      notes: ['configz cannot tell false from not set, and the benchmark accepts not set; files and flags tell'],
    };
  },
});

function saysFalse({ settings }: KubeletFacts): boolean {
  const fact = settings[setting];
  return fact.state === 'known' && fact.value === false && ['flag', 'file', 'drop-in'].includes(fact.origin.from);
}
