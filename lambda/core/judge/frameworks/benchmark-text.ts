import type { Control } from '../control.ts';

/** What the CIS Amazon EKS Benchmark 1.8.0 says of a recommendation beside its rule, in our own words. The profile level of all of these is 1. */
export const benchmarkTextOf = ({ slug, numbers }: Pick<Control, 'slug' | 'numbers'>) =>
  numbers['cis-eks-1.8.0'] && { level: 1, impact: new Map(Object.entries(impacts)).get(slug) };

const impacts = {
  'kubelet-kubeconfig-mode': 'Only administrators of the node can change the file afterwards.',
  'kubelet-anonymous-auth':
    'What asked the kubelet without credentials, for example for quick troubleshooting, is refused.',
  'kubelet-authorization-mode': 'Requests without a permission are refused.',
  'kubelet-client-ca-file': 'TLS must be set up on the API server and on the kubelets.',
  'kubelet-read-only-port':
    'A service that used the read-only port must be changed to use the main port of the kubelet.',
  'kubelet-streaming-timeout': 'Connections that are idle for long can be interrupted.',
  'kubelet-iptables-chains':
    'The kubelet keeps the iptables rules in sync. Another manager of iptables can conflict with it.',
  'kubelet-event-qps':
    'With 0, too many events can overload the cluster: what processes and stores them must be sized for that.',
  'cluster-proxy-holders': 'Users and service accounts that have the right must be reviewed.',
};
