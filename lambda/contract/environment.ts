/** Environment of the audit function: written by infra, read once by wiring. */
export const environment = {
  /** Comma-separated slugs; empty for all controls. */
  controls: 'EKS_KUBELET_AUDIT_CONTROLS',
  /** `cis-eks-1.8.0` */
  benchmark: 'EKS_KUBELET_AUDIT_BENCHMARK',
  /** `node-group`, `node` or `cluster` */
  scope: 'EKS_KUBELET_AUDIT_SCOPE',
  /** Comma-separated, in order: `configz,ssm`, and `tls` */
  sources: 'EKS_KUBELET_AUDIT_SOURCES',
  /** Kubelets read at once in one cluster. */
  concurrency: 'EKS_KUBELET_AUDIT_CONCURRENCY',
  /** Deadline of one node, `10s`. */
  nodeTimeout: 'EKS_KUBELET_AUDIT_NODE_TIMEOUT',
  /** `true` to write findings to Security Hub. */
  publish: 'EKS_KUBELET_AUDIT_PUBLISH',
  /** `true` to have every source read every node, and to report drift. */
  everySource: 'EKS_KUBELET_AUDIT_EVERY_SOURCE',
} as const;
