import { clusterRole, clusterRoleBinding } from '../kubernetes/rbac-objects.ts';

const apiGroup = 'rbac.authorization.k8s.io' as const;
const role = (accountId: string, name: string) => `arn:aws:iam::${accountId}:role/${name}`;

/** Holders of nodes/proxy, one of each kind, and some that only look like holders. */
export const holders = (accountId: string) => ({
  accessEntries: [
    { principalArn: role(accountId, 'OnCall'), groups: ['debuggers'] },
    {
      principalArn: role(accountId, 'BreakGlass'),
      groups: [],
      policies: [{ name: 'AmazonEKSClusterAdminPolicy', scope: 'cluster' as const }],
    },
    {
      principalArn: role(accountId, 'TeamLead'),
      groups: [],
      policies: [{ name: 'AmazonEKSClusterAdminPolicy', scope: 'namespace' as const, namespaces: ['desks'] }],
    },
  ],
  rbacObjects: [
    clusterRole('kubelet-debug', [{ verbs: ['get', 'create'], resources: ['nodes/proxy'] }]),
    clusterRoleBinding('ann-debugs', 'kubelet-debug', { apiGroup, kind: 'User', name: 'ann' }),
    clusterRoleBinding('debuggers', 'kubelet-debug', { apiGroup, kind: 'Group', name: 'debuggers' }),
    clusterRole('operator', [{ apiGroups: ['*'], verbs: ['*'], resources: ['*'] }]),
    clusterRoleBinding('operator', 'operator', { kind: 'ServiceAccount', name: 'operator', namespace: 'tools' }),
    clusterRole('kubelet-stats', [{ verbs: ['get'], resources: ['*/proxy'] }], { labels: { 'to-monitoring': 'true' } }),
    clusterRole('monitoring', [], { aggregates: { 'to-monitoring': 'true' } }),
    clusterRoleBinding('monitoring', 'monitoring', { kind: 'ServiceAccount', name: 'agent', namespace: 'monitoring' }),
    // Not held: another subresource, verbs that the proxy does not know, a role that is not there.
    clusterRole('kubelet-metrics', [{ verbs: ['get'], resources: ['nodes/metrics', 'nodes/*'] }]),
    clusterRoleBinding('kubelet-metrics', 'kubelet-metrics', { apiGroup, kind: 'User', name: 'prometheus' }),
    clusterRoleBinding('left-over', 'deleted-role', { apiGroup, kind: 'User', name: 'former' }),
  ],
});
