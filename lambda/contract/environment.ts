/** Environment of the functions: written by infra, read once by wiring. The command line takes the ones about the audit itself as defaults of its flags. */
export const environment = {
  /** Comma-separated slugs; empty for all that the first source shows by itself. */
  controls: 'EKS_KUBELET_AUDIT_CONTROLS',
  /** `cis-eks-1.8.0` */
  benchmark: 'EKS_KUBELET_AUDIT_BENCHMARK',
  /** `node-group`, `node` or `cluster` */
  scope: 'EKS_KUBELET_AUDIT_SCOPE',
  /** Comma-separated, in order: `configz,ssm`, and `tls` */
  sources: 'EKS_KUBELET_AUDIT_SOURCES',
  /** Kubelets read at once in one cluster. */
  maxConcurrentNodes: 'EKS_KUBELET_AUDIT_MAX_CONCURRENT_NODES',
  /** Deadline of one node, `10s`. */
  nodeTimeout: 'EKS_KUBELET_AUDIT_NODE_TIMEOUT',
  /** `true` to write findings to Security Hub. */
  publish: 'EKS_KUBELET_AUDIT_PUBLISH',
  /** `true` to look at what only the machine shows, too. */
  complete: 'EKS_KUBELET_AUDIT_COMPLETE',
  /** `true` to have every source read every node, and to report drift. */
  everySource: 'EKS_KUBELET_AUDIT_EVERY_SOURCE',

  /** The file of waivers beside the function's code; empty when there are none. */
  waivers: 'EKS_KUBELET_AUDIT_WAIVERS',

  /** Which accounts are audited, as JSON of `accountScope` (lambda/contract/settings.ts). */
  accounts: 'EKS_KUBELET_AUDIT_ACCOUNTS',
  /** Comma-separated Regions; empty for every enabled one of each account. */
  regions: 'EKS_KUBELET_AUDIT_REGIONS',
  /** `true` when the function is attached to a VPC: only then is a cluster with a private endpoint dialled at all. */
  inVpc: 'EKS_KUBELET_AUDIT_IN_VPC',
  /** The bucket of runs. */
  bucket: 'EKS_KUBELET_AUDIT_BUCKET',
  /** The ARN of the state machine, for the function that starts it. */
  stateMachineArn: 'EKS_KUBELET_AUDIT_STATE_MACHINE_ARN',
} as const;
