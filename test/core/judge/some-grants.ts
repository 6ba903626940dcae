import {
  type ClusterRoleBinding,
  type ProxyGrants,
  proxyHolders,
  type Subject,
} from '../../../lambda/core/judge/proxy-holders.ts';
import type { IamPrincipal } from '../../../lambda/core/read/rbac/iam-principal.ts';
import type { ClusterRole } from '../../../lambda/core/read/rbac/reaching-roles.ts';

export const role = (
  name: string,
  rules: readonly Partial<ClusterRole['rules'][number]>[],
  more: Partial<ClusterRole> = {},
) => ({
  name,
  labels: {},
  rules: rules.map((each) => ({
    verbs: ['get'],
    apiGroups: [''],
    resources: ['nodes/proxy'],
    resourceNames: [],
    ...each,
  })),
  ...more,
});
export const bind = (name: string, to: string, ...subjects: readonly Subject[]): ClusterRoleBinding => ({
  name,
  role: to,
  subjects,
});
export const ops: Subject = { kind: 'Group', name: 'ops' };
export const principal = (change: Partial<IamPrincipal> = {}): IamPrincipal => ({
  arn: 'arn:aws:iam::111122223333:role/ops',
  username: 'arn:aws:sts::111122223333:assumed-role/ops/{{SessionName}}',
  groups: [],
  from: 'access entry',
  policies: [],
  ...change,
});

/** All but the group that is always there. */
export const named = (grants: Partial<ProxyGrants>) =>
  proxyHolders({ roles: [], bindings: [], principals: [], ...grants })
    .filter(({ name }) => name !== 'system:masters')
    .map(({ kind, name }) => `${kind} ${name}`);
