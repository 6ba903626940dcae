import type { NodeGroup, NodeKind } from '../../../model/model.ts';

/**
 * What a node group makes its machines of: one version of a launch template, a launch configuration, or a node class of Karpenter. Its user data can hold secrets. It is read
 * once, stays in memory and is part of no result.
 */
export interface LaunchSource {
  /** `launch template lt-0123456789abcdef0, version 7 (default)`: bounded and printable. */
  readonly name: string;
  /** In base64, as AWS describes it; absent where it has none. */
  readonly userData?: string;
  /** An EC2NodeClass in JSON, in place of user data. */
  readonly nodeClass?: string;
  /** The AMI that it names; absent where it names none. */
  readonly image?: LaunchedImage;
  /** Why nothing of it is known. */
  readonly unreadable?: string;
}

/** An AMI as a launch template names it. */
export interface LaunchedImage {
  /** `ami-…` or `resolve:ssm:…` */
  readonly id: string;
  /** The AMI's name, if AWS itself owns it: anybody may give their own AMI such a name. */
  readonly amazonName?: string;
}

/** What EKS says of a managed node group, and what its owner wrote. */
export interface ManagedBy {
  /** `AL2023_x86_64_STANDARD`, `CUSTOM`, … */
  readonly amiType?: string;
  /** The Kubernetes version of its nodes, `1.34`. */
  readonly version?: string;
  /** The owner's launch template in the version that the node group uses; absent where it has none. */
  readonly own?: LaunchSource;
  /** The newest version of that template, where it is another one. */
  readonly newest?: LaunchSource;
}

/** A node group as AWS describes it. Its sources are several where overrides name templates of their own; a group without machines has them too. */
export interface LaunchedGroup {
  readonly group: NodeGroup;
  readonly sources: readonly LaunchSource[];
  readonly managed?: ManagedBy;
}

/** All that was found of a cluster. */
export interface LaunchedGroups {
  readonly groups: readonly LaunchedGroup[];
  /** Every list was read to its end: a node group that is not among these is gone. */
  readonly complete: boolean;
  /** Karpenter's node pools were not asked for. */
  readonly withoutKarpenter?: true;
}

/** An EKS-optimized AMI, by AWS's word: what kind of node it makes, and its Kubernetes version. */
interface KnownImage {
  readonly kind: NodeKind;
  /** `1.34` */
  readonly version: string;
}

/** Names of AMIs that AWS publishes for EKS, and public parameters, where only AWS can write. Source: EKS User Guide, "Node AMIs"; Bottlerocket, "Finding an AMI". */
const known: readonly (readonly [RegExp, NodeKind])[] = [
  [/^amazon-eks-node-al2023-(?:x86_64|arm64)-(?:standard|nvidia|neuron)[\w.]*-(1\.\d+)-v\d+/, 'al2023'],
  [/^amazon-eks-(?:gpu-|arm64-)?node-(1\.\d+)-v\d+/, 'al2'],
  [/^bottlerocket-aws-k8s-(1\.\d+)-/, 'bottlerocket'],
  [/^Windows_Server-\d+-English-(?:Core|Full)-EKS_Optimized-(1\.\d+)-/, 'windows'],
  [/^resolve:ssm:\/aws\/service\/eks\/optimized-ami\/(1\.\d+)\/amazon-linux-2023\//, 'al2023'],
  [/^resolve:ssm:\/aws\/service\/eks\/optimized-ami\/(1\.\d+)\/amazon-linux-2(?:-gpu|-arm64)?\//, 'al2'],
  [/^resolve:ssm:\/aws\/service\/bottlerocket\/aws-k8s-(1\.\d+)(?:-nvidia)?\//, 'bottlerocket'],
  [
    /^resolve:ssm:\/aws\/service\/ami-windows-latest\/Windows_Server-\d+-English-(?:Core|Full)-EKS_Optimized-(1\.\d+)\//,
    'windows',
  ],
];

/** The EKS-optimized AMI that this is, by its name or by the public parameter that it resolves; `undefined` for any other. */
export function knownImage({ id, amazonName }: LaunchedImage): KnownImage | undefined {
  for (const [pattern, kind] of known) {
    const version = pattern.exec(amazonName ?? id)?.[1];
    if (version !== undefined) return { kind, version };
  }
  return undefined;
}
