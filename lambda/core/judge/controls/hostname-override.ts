import type { Control } from '../control.ts';
import { describe, nameOf, titleOf } from './shared/about.ts';
import { evidence, notSeenBy } from './shared/evidence.ts';
import { numbered } from './shared/numbered.ts';

const about = { kind: 'flag', flag: 'hostname-override' } as const;
const expected = 'not set';

/** In 1.2.0 only. A flag of the process, never in configz; the bootstrap of EKS images sets it on its own. */
export const hostnameOverride: Control = {
  slug: 'kubelet-hostname-override',
  about,
  title: titleOf('Kubelet must use the name of its host', about),
  failure: 'host name overridden',
  rationale: `${describe(about)} lets a node use a name that its host does not have, which may break the check of its certificates and mislead readers of its logs.`,
  expected,
  severity: 'LOW',
  numbers: numbered({ '1.2.0': '3.2.8 M' }),
  alsoKnownAs: { stig: 'V-242404' },
  suspectWhenRefused: false,
  caveats: [
    'It is a flag and never in configz: only the command line shows it.',
    'EKS images set it themselves, to the name under which EC2 knows the instance; later versions of the benchmark dropped the control.',
  ],
  judge: (facts) => {
    const fact = facts.flags?.[about.flag];
    if (fact === undefined) return { status: 'unknown', because: notSeenBy(facts, notSeen) };
    if (fact.state === 'unknown') return { status: 'unknown', because: fact.because };

    // The kubelet takes an empty name for none.
    const isSet = fact.value !== undefined && fact.value !== '';
    const notes = isSet ? ['EKS images set this flag themselves; the benchmark dropped the control after 1.2.0'] : [];
    return {
      status: isSet ? 'fail' : 'pass',
      evidence: evidence({ facts, setting: nameOf(about), fact, expected, notes }),
    };
  },
};

const notSeen = {
  onlyBySsm: 'flags without a setting are seen by SSM only',
  files: 'the command line was not saved',
  ssm: 'the command line of this kubelet was not seen',
};
