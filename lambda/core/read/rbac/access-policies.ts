/** What an access policy comes to for `nodes/proxy`. `unknown`: AWS does not say what is in it. */
export type PolicyReach = 'reaches' | 'does-not-reach' | 'unknown';

/**
 * EKS's access policies by what their rules say of `nodes/proxy`. Nobody can write one, and AWS publishes their rules in the EKS User Guide, "Review access
 * policy permissions" (awsdocs/amazon-eks-user-guide, access-policy-reference.adoc, November 2025), and of AmazonARCRegionSwitchScalingPolicy in the ARC guide.
 * A policy that is not here is unknown.
 */
const published: Readonly<Record<string, Exclude<PolicyReach, 'unknown'>>> = {
  // Resources `*`, verbs `*`.
  AmazonEKSClusterAdminPolicy: 'reaches',
  // Resources `*`, verbs get, list and watch: a WebSocket GET through nodes/proxy runs commands.
  AmazonEKSAdminViewPolicy: 'reaches',

  // Rules without nodes, without `*` and without a `*/proxy`.
  AmazonEKSAdminPolicy: 'does-not-reach',
  AmazonEKSEditPolicy: 'does-not-reach',
  AmazonEKSViewPolicy: 'does-not-reach',
  AmazonEKSSecretReaderPolicy: 'does-not-reach',
  AmazonEKSHybridPolicy: 'does-not-reach',
  AmazonARCRegionSwitchScalingPolicy: 'does-not-reach',

  // Described in words, resource by resource, and nodes/proxy is not among them.
  AmazonEKSAutoNodePolicy: 'does-not-reach',
  AmazonEKSBlockStoragePolicy: 'does-not-reach',
  AmazonEKSBlockStorageClusterPolicy: 'does-not-reach',
  AmazonEKSClusterInsightsPolicy: 'does-not-reach',
  AmazonEKSComputePolicy: 'does-not-reach',
  AmazonEKSComputeClusterPolicy: 'does-not-reach',
  AmazonEKSLoadBalancingPolicy: 'does-not-reach',
  AmazonEKSLoadBalancingClusterPolicy: 'does-not-reach',
  AmazonEKSNetworkingPolicy: 'does-not-reach',
  AmazonEKSNetworkingClusterPolicy: 'does-not-reach',
};

/** One access policy of an access entry, as ListAssociatedAccessPolicies tells it. */
export interface AssociatedPolicy {
  /** `AmazonEKSViewPolicy`, the last part of its ARN. */
  readonly name: string;
  /** Of namespaces it reaches nothing that is in none, whatever its rules say: nodes are in none. */
  readonly scope: 'cluster' | 'namespace' | 'unknown';
}

export function reachOf({ name, scope }: AssociatedPolicy): PolicyReach {
  if (scope === 'namespace') return 'does-not-reach';
  return Object.hasOwn(published, name) ? (published[name] ?? 'unknown') : 'unknown';
}
