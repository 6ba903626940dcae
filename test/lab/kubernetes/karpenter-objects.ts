import type { RbacRule } from './rbac.ts';

/** A custom resource as its CRD stores it: with any fields. */
export interface KarpenterObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: object;
}

const kinds = {
  NodePool: { group: 'karpenter.sh', plural: 'nodepools' },
  EC2NodeClass: { group: 'karpenter.k8s.aws', plural: 'ec2nodeclasses' },
} as const;

/** What an audit with the setting `nextNode` needs. */
export const karpenterRules: readonly RbacRule[] = Object.values(kinds).map(({ group, plural }) => ({
  apiGroups: [group],
  verbs: ['list'],
  resources: [plural],
}));

/** The kind that a path lists, with its group and plural; `undefined` when it is none of Karpenter's. */
export function karpenterPath(path: string) {
  const found = Object.entries(kinds).find(([, { group, plural }]) => path === `/apis/${group}/v1/${plural}`);
  return found && { kind: found[0], apiGroup: found[1].group, resource: found[1].plural };
}

/** A NodePool that makes its nodes of this class. */
export const nodePool = (
  name: string,
  nodeClass: string,
  ref: { readonly group: string; readonly kind: string } = { group: 'karpenter.k8s.aws', kind: 'EC2NodeClass' },
): KarpenterObject => ({
  apiVersion: 'karpenter.sh/v1',
  kind: 'NodePool',
  metadata: { name },
  spec: { template: { spec: { nodeClassRef: { ...ref, name: nodeClass } } } },
});

export const ec2NodeClass = (name: string, spec: object): KarpenterObject => ({
  apiVersion: 'karpenter.k8s.aws/v1',
  kind: 'EC2NodeClass',
  metadata: { name },
  spec: { role: 'KarpenterNodeRole', amiSelectorTerms: [{ alias: 'al2023@v20260714' }], ...spec },
});
