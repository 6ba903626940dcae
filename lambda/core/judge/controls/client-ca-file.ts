import type { KubeletFacts } from '../../model/model.ts';
import { numbered } from './shared/numbered.ts';
import { settingControl } from './shared/setting-control.ts';

/**
 * The kubelet knows its clients by certificate: CIS Amazon EKS Benchmark 3.2.3.
 * An absent key fails in every source, once flags and drop-ins were looked at. Source: kube-bench `cfg/eks-*`, trivy-checks `eks-cis-1.4.yaml`.
 */
export const clientCaFile = settingControl({
  slug: 'kubelet-client-ca-file',
  setting: 'authentication.x509.clientCAFile',
  must: 'Kubelet must authenticate API server connections with a client CA',
  failure: 'no client CA',
  expected: 'a path to a CA bundle',
  why: (setting) =>
    `Without ${setting} the kubelet cannot tell by certificate who connects to it, the API server included; ` +
    'clients that reach its port are judged by weaker means, or by none.',
  severity: 'HIGH',
  numbers: numbered({ '1.2.0': '3.2.3 M', '1.4.0 to 2.0.0': '3.2.3 A' }),
  alsoKnownAs: { cisKubernetes: '4.2.3', stig: 'V-242420' },
  suspectWhenRefused: true,
  caveats: [
    'A kubelet without a client CA usually refuses the API server, so the nodes that fail look unreachable: such an answer is a warning, and SSM or the TLS handshake decide.',
    'An empty flag removes the CA that the file sets, and fails, whatever a search for the flag would say.',
  ],
  rule: ({ value, facts }) => {
    const isSet = typeof value === 'string' && value !== '';
    return { holds: isSet, notes: isSet ? openDoors(facts) : [] };
  },
});

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
