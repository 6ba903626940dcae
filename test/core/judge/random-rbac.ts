import fc from 'fast-check';
import type { ClusterRoleBinding, Subject } from '../../../lambda/core/judge/proxy-holders.ts';
import type { ClusterRole } from '../../../lambda/core/read/rbac/reaching-roles.ts';
import type { KubernetesUser } from '../../lab/kubernetes/rbac.ts';

// The lab's API server decides by its own objects, with an authorizer that knows nothing of holders.
const words = <T extends string>(...all: readonly T[]) => fc.subarray([...all], { minLength: 1 });
const labels = fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('1', '2'), { maxKeys: 2 });
const rule = fc.record({
  verbs: words('get', 'list', 'watch', 'create', 'delete', '*'),
  apiGroups: words('', '*', 'apps'),
  resources: words('nodes', 'nodes/proxy', 'nodes/*', '*/proxy', 'pods/proxy', '*', 'nodes/configz'),
  resourceNames: fc.constant<string[]>([]),
});
const operator = fc.constantFrom('In' as const, 'NotIn' as const, 'Exists' as const, 'DoesNotExist' as const);
const expression = fc.record({ key: fc.constantFrom('a', 'b'), operator, values: words('1', '2') });
const selector = fc.record({ matchLabels: labels, matchExpressions: fc.array(expression, { maxLength: 1 }) });
const aggregates = fc.option(fc.array(selector, { minLength: 1, maxLength: 2 }), { nil: undefined, freq: 2 });
const roleNames = ['r0', 'r1', 'r2', 'r3'];
const rules = fc.array(rule, { maxLength: 2 });
export const roles = fc.tuple(
  ...roleNames.map((name) => fc.record({ name: fc.constant(name), labels, rules, aggregates })),
);
const subject = fc.constantFrom<Subject>(
  { kind: 'User', name: 'ann' },
  { kind: 'User', name: 'system:serviceaccount:apps:bot' },
  { kind: 'Group', name: 'ops' },
  { kind: 'Group', name: 'dev' },
  { kind: 'ServiceAccount', name: 'apps/bot' },
);
const binding = fc.record({ role: fc.constantFrom(...roleNames, 'gone'), subjects: fc.array(subject) });
export const bindings = fc.array(binding, { maxLength: 4 });

export const asked: readonly (KubernetesUser & { readonly holder: string })[] = [
  { name: 'ann', groups: [], holder: 'User ann' },
  { name: 'system:serviceaccount:apps:bot', groups: [], holder: 'ServiceAccount apps/bot' },
  { name: 'nobody', groups: ['ops'], holder: 'Group ops' },
  { name: 'nobody', groups: ['dev'], holder: 'Group dev' },
];

const apiGroup = 'rbac.authorization.k8s.io';
const apiVersion = `${apiGroup}/v1`;

export const storedRole = ({ name, labels, rules, aggregates }: ClusterRole) => ({
  apiVersion,
  kind: 'ClusterRole',
  metadata: { name, labels },
  rules,
  ...(aggregates && { aggregationRule: { clusterRoleSelectors: aggregates } }),
});

export const storedBinding = (name: string, binding: Pick<ClusterRoleBinding, 'role' | 'subjects'>) => ({
  apiVersion,
  kind: 'ClusterRoleBinding',
  metadata: { name },
  roleRef: { apiGroup, kind: 'ClusterRole', name: binding.role },
  subjects: binding.subjects.map(({ kind, name }) => {
    if (kind !== 'ServiceAccount') return { apiGroup, kind, name };
    const [namespace, account] = name.split('/');
    return { kind, name: account, namespace };
  }),
});
