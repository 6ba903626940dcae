import type { ClusterNode } from '../../model/model.ts';

/** Where a node's kubelet gets its configuration from, and so where it is fixed; as people read it, in the order of the documentation. */
export const remedyNames = {
  nodeadm: 'Amazon Linux 2023 (nodeadm)',
  karpenter: 'Karpenter node pools',
  al2: 'Amazon Linux 2',
  bottlerocket: 'Bottlerocket',
  ubuntu: 'Ubuntu',
  linux: 'other Linux',
  windows: 'Windows',
  hybrid: 'hybrid nodes',
  aws: 'EKS Auto Mode, Fargate',
} as const;

export type Remedy = keyof typeof remedyNames;

export const remedies = Object.keys(remedyNames) as readonly Remedy[];

export function remedyFor({ kind, group }: Pick<ClusterNode, 'kind' | 'group'>): Remedy {
  if (kind === 'auto-mode' || kind === 'fargate') return 'aws';
  if (group.kind === 'karpenter') return 'karpenter';
  return kind === 'al2023' ? 'nodeadm' : kind;
}
