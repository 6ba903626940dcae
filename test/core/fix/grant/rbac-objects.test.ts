import { describe, expect, it } from 'vitest';
import {
  grantedObjects,
  grantObjects,
  grantWay,
  isAsWanted,
  leadsElsewhere,
  otherWay,
  rbacManifest,
  replacing,
} from '../../../../lambda/core/fix/grant/rbac-objects.ts';

const { clusterRole, clusterRoleBinding } = grantObjects['api-server'];

const manifestOf = (name: string, rules: string) => `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: ${name}
rules:
  - apiGroups: [""]
    resources: [nodes]
    verbs: [get, list]
${rules}---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: ${name}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: ${name}
subjects:
  - apiGroup: rbac.authorization.k8s.io
    kind: Group
    name: eks-kubelet-audit
`;

describe('the manifest', () => {
  it('grants kubelets on their own port, and who holds nodes/proxy, where both are asked for', () => {
    const rules = `  - apiGroups: [""]
    resources: [nodes/configz]
    verbs: [get]
  - apiGroups: [rbac.authorization.k8s.io]
    resources: [clusterroles, clusterrolebindings]
    verbs: [list]
  - apiGroups: [""]
    resources: [configmaps]
    resourceNames: [aws-auth]
    verbs: [get]
`;
    expect(rbacManifest({ way: 'direct', proxyHolders: true })).toBe(manifestOf('eks-kubelet-audit-direct', rules));
  });

  it('grants kubelets through the API server, and nothing else', () => {
    const rules = '  - apiGroups: [""]\n    resources: [nodes/proxy]\n    verbs: [get]\n';
    expect(rbacManifest({ way: 'api-server', proxyHolders: false })).toBe(manifestOf('eks-kubelet-audit', rules));
  });

  it('binds no one else for the rights that a control needs besides', () => {
    const { clusterRole: wide, clusterRoleBinding: same } = grantedObjects({ way: 'api-server', proxyHolders: true });

    expect(same).toEqual(clusterRoleBinding);
    expect(wide).toEqual({ ...clusterRole, rules: [...clusterRole.rules, ...wide.rules.slice(2)] });
    expect(isAsWanted(clusterRole, { ...wide })).toBe(false);
  });
});

describe('the way', () => {
  it.each<[readonly string[], ReturnType<typeof grantWay>]>([
    [['direct'], 'direct'],
    [['configz', 'direct', 'ssm'], 'direct'],
    [['ssm', 'configz'], 'api-server'],
    [['ssm', 'tls'], undefined],
    [[], undefined],
  ])('of the sources %j is %s', (sources, way) => {
    expect(grantWay(sources)).toBe(way);
  });

  it('has one other', () => {
    expect([otherWay('direct'), otherWay('api-server')]).toEqual(['api-server', 'direct']);
  });
});

describe('where a stored binding leads', () => {
  const { apiGroup, kind, name } = clusterRoleBinding.roleRef;

  it.each([
    ['our role, its names in another order', { name, kind, apiGroup }, false],
    ['another role', { apiGroup, kind, name: 'cluster-admin' }, true],
    ['a role of one namespace', { apiGroup, kind: 'Role', name }, true],
    ['nowhere', undefined, true],
    ['nowhere, as null', null, true],
  ])('%s', (_where, roleRef, elsewhere) => {
    expect(leadsElsewhere(clusterRoleBinding, { ...clusterRoleBinding, roleRef })).toBe(elsewhere);
  });

  it('is asked of bindings only', () => {
    expect(leadsElsewhere(clusterRole, { roleRef: { apiGroup, kind, name: 'cluster-admin' } })).toBe(false);
  });
});

describe('what is written in place of a stored object', () => {
  const metadata = { name: 'eks-kubelet-audit', resourceVersion: '7', labels: { team: 'platform' } };

  it('is our grant, under the stored metadata, so that a change in between is refused', () => {
    expect(replacing(clusterRole, { metadata, rules: [], aggregationRule: {} })).toEqual({ ...clusterRole, metadata });
  });

  it('is our own object where the stored one has no metadata', () => {
    expect(replacing(clusterRoleBinding, {})).toEqual(clusterRoleBinding);
  });
});

it('equal words in another order are another grant: a rule is a list', () => {
  const rules = clusterRole.rules.map(({ verbs, ...rule }) => ({ ...rule, verbs: verbs.toReversed() }));
  const sameRules = clusterRole.rules.map((rule) => ({ ...rule }));

  expect(isAsWanted(clusterRole, { ...clusterRole, rules })).toBe(false);
  expect(isAsWanted(clusterRole, { rules: sameRules })).toBe(true);
});
