import type { Control } from '../control.ts';

/** What the benchmark says of a recommendation beside its rule: the profile level, and what following it costs, in our own words. */
export interface BenchmarkText {
  readonly level: 1 | 2;
  readonly impact?: string;
}

/** Of the CIS Amazon EKS Benchmark 1.8.0; none for a control that it does not have. */
export const benchmarkTextOf = ({ slug }: Pick<Control, 'slug'>): BenchmarkText | undefined =>
  Object.hasOwn(texts, slug) ? texts[slug] : undefined;

const onlyRoot = 'Only administrators of the node can change the file afterwards.';

const texts: Readonly<Record<string, BenchmarkText>> = {
  'kubelet-kubeconfig-mode': { level: 1, impact: onlyRoot },
  'kubelet-kubeconfig-owner': { level: 1 },
  'kubelet-config-mode': { level: 1 },
  'kubelet-config-owner': { level: 1 },
  'kubelet-anonymous-auth': {
    level: 1,
    impact: 'What asked the kubelet without credentials, for example for quick troubleshooting, is refused.',
  },
  'kubelet-authorization-mode': { level: 1, impact: 'Requests without a permission are refused.' },
  'kubelet-client-ca-file': { level: 1, impact: 'TLS must be set up on the API server and on the kubelets.' },
  'kubelet-read-only-port': {
    level: 1,
    impact: 'A service that used the read-only port must be changed to use the main port of the kubelet.',
  },
  'kubelet-streaming-timeout': { level: 1, impact: 'Connections that are idle for long can be interrupted.' },
  'kubelet-iptables-chains': {
    level: 1,
    impact: 'The kubelet keeps the iptables rules in sync. Another manager of iptables can conflict with it.',
  },
  'kubelet-event-qps': {
    level: 1,
    impact: 'With 0, too many events can overload the cluster: what processes and stores them must be sized for that.',
  },
  'kubelet-rotate-certificates': { level: 1 },
  'kubelet-rotate-server-certificate': { level: 1 },
  'cluster-proxy-holders': { level: 1, impact: 'Users and service accounts that have the right must be reviewed.' },
};
