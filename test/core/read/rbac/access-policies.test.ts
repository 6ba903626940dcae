import { describe, expect, it } from 'vitest';
import { reachOf } from '../../../../lambda/core/read/rbac/access-policies.ts';

describe('an access policy', () => {
  it.each<[string, ReturnType<typeof reachOf>]>([
    ['AmazonEKSClusterAdminPolicy', 'reaches'],
    ['AmazonEKSAdminViewPolicy', 'reaches'],
    ['AmazonEKSAdminPolicy', 'does-not-reach'],
    ['AmazonEKSViewPolicy', 'does-not-reach'],
    ['AmazonEKSAutoNodePolicy', 'does-not-reach'],
    ['AmazonEKSKROPolicy', 'unknown'],
    ['toString', 'unknown'],
    ['', 'unknown'],
  ])('%s of the cluster: %s', (name, reach) => {
    expect(reachOf({ name, scope: 'cluster' })).toBe(reach);
    // A scope that is new to this program may be the whole cluster.
    expect(reachOf({ name, scope: 'unknown' })).toBe(reach);
  });

  const each = ['AmazonEKSClusterAdminPolicy', 'AmazonEKSViewPolicy', 'AmazonEKSKROPolicy'];
  it.each(each)('%s of a namespace reaches nothing that is in none', (name) => {
    expect(reachOf({ name, scope: 'namespace' })).toBe('does-not-reach');
  });

  it('that is published is one of EKS’s or of ARC’s: two of them reach nodes/proxy', () => {
    const compute = ['AutoNode', 'BlockStorage', 'BlockStorageCluster', 'ClusterInsights', 'Compute', 'ComputeCluster'];
    const network = ['LoadBalancing', 'LoadBalancingCluster', 'Networking', 'NetworkingCluster'];
    const names = [...compute, ...network, 'Edit', 'SecretReader', 'Hybrid'].map((each) => `AmazonEKS${each}Policy`);
    const published = [...names, 'AmazonARCRegionSwitchScalingPolicy'];
    const reaches = published.map((name) => reachOf({ name, scope: 'cluster' }));
    expect(new Set(reaches)).toEqual(new Set(['does-not-reach']));
  });
});
