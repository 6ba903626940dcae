/**
 * EKS's access policies by what their rules say of `nodes/proxy`. Only AWS can write them, and publishes their rules: EKS User Guide, "Review access
 * policy permissions" (awsdocs/amazon-eks-user-guide, access-policy-reference.adoc, November 2025). The rules of AmazonARCRegionSwitchScalingPolicy
 * are in the ARC guide. A policy that is not here is unknown.
 */
const reaching: readonly string[] = [
  // Resources `*`, verbs `*`.
  'AmazonEKSClusterAdminPolicy',
  // Resources `*`, verbs get, list and watch: a WebSocket GET through nodes/proxy runs commands.
  'AmazonEKSAdminViewPolicy',
];
/** Rules without nodes, without a star, and without one before `/proxy`; those from AutoNode on are described in words, resource by resource. */
const harmless =
  `AmazonARCRegionSwitchScalingPolicy AmazonEKSAdminPolicy AmazonEKSEditPolicy AmazonEKSHybridPolicy AmazonEKSSecretReaderPolicy
  AmazonEKSViewPolicy AmazonEKSAutoNodePolicy AmazonEKSBlockStoragePolicy AmazonEKSBlockStorageClusterPolicy AmazonEKSClusterInsightsPolicy
  AmazonEKSComputePolicy AmazonEKSComputeClusterPolicy AmazonEKSLoadBalancingPolicy AmazonEKSLoadBalancingClusterPolicy
  AmazonEKSNetworkingPolicy AmazonEKSNetworkingClusterPolicy`.split(/\s+/);

/** One access policy of an access entry, as ListAssociatedAccessPolicies returns it. */
export interface AssociatedPolicy {
  /** `AmazonEKSViewPolicy`, the last part of its ARN. */
  readonly name: string;
  /** A policy limited to namespaces doesn't reach objects outside all namespaces, such as nodes. */
  readonly scope: 'cluster' | 'namespace' | 'unknown';
}

/** What an access policy comes to for `nodes/proxy`. `unknown`: AWS does not say what is in it. */
export function reachOf({ name, scope }: AssociatedPolicy): 'reaches' | 'does-not-reach' | 'unknown' {
  if (scope === 'namespace') return 'does-not-reach';
  if (reaching.includes(name)) return 'reaches';
  return harmless.includes(name) ? 'does-not-reach' : 'unknown';
}

/** A principal that EKS lets in, by an access entry or by the ConfigMap aws-auth. */
export interface IamPrincipal {
  readonly arn: string;
  /** With EKS's templates in it: `arn:aws:sts::111122223333:assumed-role/ops/{{SessionName}}`. */
  readonly username: string;
  readonly groups: readonly string[];
  readonly from: 'access entry' | 'aws-auth';
  readonly policies: readonly AssociatedPolicy[];
}
