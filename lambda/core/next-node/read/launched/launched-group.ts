import type { NodeGroup } from '../../../model/model.ts';

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
