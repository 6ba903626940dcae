import type { Control } from '../control.ts';
import type { SettingPath } from '../kubelet/settings.ts';
import type { KubeletFacts } from '../model.ts';
import { describeSetting } from './describe-setting.ts';
import { evidence } from './evidence.ts';

const setting = 'authentication.x509.clientCAFile' satisfies SettingPath;
const expected = 'a path to a CA bundle';

/**
 * The kubelet knows its clients by certificate: CIS Amazon EKS Benchmark 3.2.3.
 * An absent key fails in every source, once flags and drop-ins were looked at. Source: kube-bench `cfg/eks-*`, trivy-checks `eks-cis-1.4.yaml`.
 */
export const clientCaFile: Control = {
  slug: 'kubelet-client-ca-file',
  title: `kubelet authenticates its clients by certificate: ${setting} is set`,
  rationale:
    `Without ${describeSetting(setting)} the kubelet cannot tell by certificate who connects to it, the API server included; ` +
    'whoever reaches its port is judged by weaker means, or by none.',
  setting,
  expected,
  severity: 'HIGH',
  numbers: {
    'cis-eks-1.2.0': { number: '3.2.3', assessment: 'manual' },
    'cis-eks-1.4.0': { number: '3.2.3', assessment: 'automated' },
    'cis-eks-1.5.0': { number: '3.2.3', assessment: 'automated' },
    'cis-eks-1.7.0': { number: '3.2.3', assessment: 'automated' },
    'cis-eks-1.8.0': { number: '3.2.3', assessment: 'automated' },
  },
  suspectWhenRefused: true,
  judge: (facts) => {
    const fact = facts.settings[setting];
    if (fact.state === 'unknown') return { status: 'unknown', because: fact.because };

    const isSet = typeof fact.value === 'string' && fact.value !== '';
    return {
      status: isSet ? 'pass' : 'fail',
      evidence: evidence({ facts, setting, fact, expected, notes: isSet ? openDoors(facts) : [] }),
    };
  },
};

/** A client CA protects nothing while the kubelet lets others in as well; the control still passes by its letter. */
function openDoors({ settings }: KubeletFacts): readonly string[] {
  const anonymous = settings['authentication.anonymous.enabled'];
  const mode = settings['authorization.mode'];

  const doors = [
    ...(anonymous.state === 'known' && anonymous.value === true ? ['authentication.anonymous.enabled is true'] : []),
    ...(mode.state === 'known' && mode.value === 'AlwaysAllow' ? ['authorization.mode is AlwaysAllow'] : []),
  ];
  return doors.length === 0 ? [] : [`the client CA protects little here: ${doors.join(' and ')}`];
}
