import { type ProxyGrants, proxyHolders, type Subject } from '../../../lambda/core/judge/proxy-holders.ts';
import type { IamPrincipal } from '../../../lambda/core/read/rbac/access-policies.ts';
import type { ClusterRole } from '../../../lambda/core/read/rbac/reaching-roles.ts';

const rule = { verbs: ['get'], apiGroups: [''], resources: ['nodes/proxy'], resourceNames: [] };
type Rules = readonly Partial<ClusterRole['rules'][number]>[];
export const role = (name: string, rules: Rules, more: Partial<ClusterRole> = {}) => {
  return { name, labels: {}, rules: rules.map((each) => ({ ...rule, ...each })), ...more };
};
export const bind = (name: string, to: string, ...subjects: readonly Subject[]) => ({ name, role: to, subjects });
export const ops: Subject = { kind: 'Group', name: 'ops' };
export const principal = (change: Partial<IamPrincipal> = {}): IamPrincipal => {
  const [arn, username] = ['iam::111122223333:role/ops', 'sts::111122223333:assumed-role/ops/{{SessionName}}'];
  const names = { arn: `arn:aws:${arn}`, username: `arn:aws:${username}` };
  return { ...names, groups: [], from: 'access entry', policies: [], ...change };
};

/** All but the group that is always there. */
export const named = (grants: Partial<ProxyGrants>) =>
  proxyHolders({ roles: [], bindings: [], principals: [], ...grants })
    .filter(({ name }) => name !== 'system:masters')
    .map(({ kind, name }) => `${kind} ${name}`);
