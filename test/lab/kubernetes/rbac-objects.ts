import * as z from 'zod';
import { compactJsonAnswer, type HttpAnswer, statusAnswer } from '../wire/http-answer.ts';
import { jsonOf } from '../wire/json-of.ts';
import { allows, type KubernetesUser, type Rbac, type RbacRule } from './rbac.ts';

const apiGroup = 'rbac.authorization.k8s.io';
const pathPattern = new RegExp(`^/apis/${apiGroup}/v1/(clusterroles|clusterrolebindings)(?:/([^/]+))?$`);
type Resource = 'clusterroles' | 'clusterrolebindings';

const words = z.array(z.string());
const labels = z.record(z.string(), z.string()).optional();
const metadata = z.looseObject({ name: z.string().min(1), resourceVersion: z.string().optional(), labels });
const role = z.strictObject({ apiGroup: z.literal(apiGroup), kind: z.literal('ClusterRole'), name: z.string() });
// A service account is of the core group and has a namespace; the other kinds are of RBAC's (ValidateRoleBindingSubject).
const member = z.union([
  z.strictObject({ apiGroup: z.literal(apiGroup), kind: z.enum(['User', 'Group']), name: z.string().min(1) }),
  z.strictObject({
    apiGroup: z.literal('').optional(),
    kind: z.literal('ServiceAccount'),
    name: z.string().min(1),
    namespace: z.string().min(1),
  }),
]);
const selector = z.strictObject({
  matchLabels: labels,
  matchExpressions: z
    .array(
      z.strictObject({
        key: z.string(),
        operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
        values: words.optional(),
      }),
    )
    .optional(),
});
const schemas = {
  clusterroles: z.strictObject({
    apiVersion: z.literal(`${apiGroup}/v1`),
    kind: z.literal('ClusterRole'),
    metadata,
    rules: z
      .array(
        z.strictObject({
          apiGroups: words.default([]),
          resources: words.default([]),
          verbs: words,
          resourceNames: words.optional(),
          nonResourceURLs: words.optional(),
        }),
      )
      .nullable(),
    aggregationRule: z.strictObject({ clusterRoleSelectors: z.array(selector).optional() }).optional(),
  }),
  clusterrolebindings: z.strictObject({
    apiVersion: z.literal(`${apiGroup}/v1`),
    kind: z.literal('ClusterRoleBinding'),
    metadata,
    roleRef: role,
    subjects: z.array(member).optional(),
  }),
};
type ClusterRole = z.infer<typeof schemas.clusterroles>;
type ClusterRoleBinding = z.infer<typeof schemas.clusterrolebindings>;
type RbacObject = ClusterRole | ClusterRoleBinding;

export interface RbacTarget {
  readonly resource: Resource;
  /** Absent for the collection. */
  readonly name?: string;
}

interface RbacRequest extends RbacTarget {
  readonly method: string;
  readonly body: string;
}

/** What a path of the API asks for: `undefined` when it is none of ours. */
export function rbacPath(path: string): RbacTarget | undefined {
  const [, resource, name] = pathPattern.exec(path) ?? [];
  if (resource !== 'clusterroles' && resource !== 'clusterrolebindings') return undefined;
  return { resource, ...(name !== undefined && { name: decodeURIComponent(name) }) };
}

/** ClusterRoles and ClusterRoleBindings of a cluster, and what they grant together with what it was started with. */
export class RbacObjects {
  readonly #roles = new Map<string, ClusterRole>();
  readonly #bindings = new Map<string, ClusterRoleBinding>();
  #version = 5000;

  /** With what every cluster has from the start, unless other objects are given. */
  constructor(objects: readonly object[] = bootstrapObjects) {
    for (const each of objects) this.put(each);
  }

  /** Every right in force: the given ones, and those of the bindings whose role is there. */
  effective(given: Rbac): Rbac {
    const groups: Record<string, readonly RbacRule[]> = { ...given.groups };
    const users: Record<string, readonly RbacRule[]> = { ...given.users };
    for (const { roleRef, subjects } of this.#bindings.values()) {
      const rules = this.#rulesOf(roleRef.name);
      for (const subject of subjects ?? []) {
        const into = subject.kind === 'Group' ? groups : users;
        const name = userName(subject);
        into[name] = [...(into[name] ?? []), ...rules];
      }
    }
    return { groups, users };
  }

  /** As the aggregation controller writes them: the rules of every role that a selector selects, in place of its own. */
  #rulesOf(name: string, above: readonly string[] = []): readonly RbacRule[] {
    const found = this.#roles.get(name);
    if (!found?.aggregationRule)
      return (found?.rules ?? []).map(({ resourceNames, nonResourceURLs, ...rule }) => ({
        ...rule,
        ...(nonResourceURLs && { nonResourceURLs }),
        ...(resourceNames && { resourceNames }),
      }));

    const selectors = found.aggregationRule.clusterRoleSelectors ?? [];
    return [...this.#roles.values()]
      .filter((each) => each.metadata.name !== name && !above.includes(each.metadata.name))
      .filter(({ metadata: { labels: of = {} } }) => selectors.some((each) => selects(each, of)))
      .flatMap((each) => this.#rulesOf(each.metadata.name, [...above, name]));
  }

  /** One page of all objects of a kind: those that were put in, and what the cluster was started with in the same form. */
  list(resource: Resource, given: Rbac): readonly { readonly metadata: { readonly name: string } }[] {
    const stored =
      resource === 'clusterroles'
        ? [...this.#roles.values()].map((each) => ({ ...each, rules: this.#rulesOf(each.metadata.name) }))
        : [...this.#bindings.values()];
    const names = new Set(stored.map(({ metadata: { name } }) => name));
    return [...stored, ...givenObjects(resource, given).filter(({ metadata: { name } }) => !names.has(name))];
  }

  get(resource: Resource, name: string): RbacObject | undefined {
    return resource === 'clusterroles' ? this.#roles.get(name) : this.#bindings.get(name);
  }

  /** Stores an object without checking rights. */
  put(object: unknown): void {
    this.#version += 1;
    const parsed = z.discriminatedUnion('kind', [schemas.clusterroles, schemas.clusterrolebindings]).parse(object);
    const added = { uid: uidOf(parsed), resourceVersion: String(this.#version) };
    const { name } = parsed.metadata;
    if (parsed.kind === 'ClusterRole') this.#roles.set(name, { ...parsed, metadata: { ...parsed.metadata, ...added } });
    else this.#bindings.set(name, { ...parsed, metadata: { ...parsed.metadata, ...added } });
  }

  /** The caller may use the verb on the resource: that was asked before. */
  answer({ method, resource, name, body }: RbacRequest, user: KubernetesUser, rights: Rbac): HttpAnswer {
    if (method === 'GET') return this.#read(resource, name);
    if (method === 'DELETE') return this.#delete(resource, name);
    const parsed = schemas[resource].safeParse(jsonOf(body));
    if (!parsed.success)
      return statusAnswer({
        code: 422,
        message: `${resource}.${apiGroup} "${name ?? ''}" is invalid: ${parsed.error.issues[0]?.message}`,
        reason: 'Invalid',
      });

    const object = parsed.data;
    const stored = this.get(resource, object.metadata.name);
    if (method === 'POST' && stored) return conflict(resource, object.metadata.name, 'already exists');
    if (method !== 'POST' && !stored) return notFound(resource, name ?? '');
    const wrong = stored && wrongReplacement(object, stored, resource);
    if (wrong) return wrong;

    const refused = this.#escalation(object, user, rights);
    if (refused) return refused;
    this.put(object);
    return { ...compactJsonAnswer(this.get(resource, object.metadata.name)), status: method === 'POST' ? 201 : 200 };
  }

  #read(resource: Resource, name: string | undefined): HttpAnswer {
    const stored = name === undefined ? undefined : this.get(resource, name);
    return stored ? compactJsonAnswer(stored) : notFound(resource, name ?? '');
  }

  #delete(resource: Resource, name = ''): HttpAnswer {
    const removed = resource === 'clusterroles' ? this.#roles.delete(name) : this.#bindings.delete(name);
    if (!removed) return notFound(resource, name);
    return compactJsonAnswer({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' });
  }

  /** Nobody hands on what they do not hold, unless they may `escalate` roles or `bind` them. */
  #escalation(object: RbacObject, user: KubernetesUser, rights: Rbac): HttpAnswer | undefined {
    const verb = object.kind === 'ClusterRole' ? 'escalate' : 'bind';
    const roleName = object.kind === 'ClusterRole' ? object.metadata.name : object.roleRef.name;
    if (allows(rights, user, { verb, resource: 'clusterroles', name: roleName, apiGroup })) return undefined;

    const role = object.kind === 'ClusterRole' ? object : this.#roles.get(roleName);
    if (!role) return notFound('clusterroles', roleName);

    const handedOn = (role.rules ?? []).flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((each) => ({ verb: each, resource, apiGroup: group }))),
      ),
    );
    const lacking = handedOn.filter((each) => !allows(rights, user, each));
    if (lacking.length === 0) return undefined;

    const resource = object.kind === 'ClusterRole' ? 'clusterroles' : 'clusterrolebindings';
    const rules = lacking.map(
      (each) => `{APIGroups:["${each.apiGroup}"], Resources:["${each.resource}"], Verbs:["${each.verb}"]}`,
    );
    return statusAnswer({
      code: 403,
      message: `${resource}.${apiGroup} "${object.metadata.name}" is forbidden: user "${user.name}" (groups=${JSON.stringify(user.groups)}) is attempting to grant RBAC permissions not currently held:\n${rules.join('\n')}`,
      reason: 'Forbidden',
      details: { name: object.metadata.name, group: apiGroup, kind: resource },
    });
  }
}

/** What a cluster was started with, as ClusterRoles and bindings of the subjects' names. */
function givenObjects(resource: Resource, { groups = {}, users = {} }: Rbac) {
  const subjects = [
    ...Object.entries(groups).map(([name, rules]) => ({ kind: 'Group', name, rules })),
    ...Object.entries(users).map(([name, rules]) => ({ kind: 'User', name, rules })),
  ];
  const apiVersion = `${apiGroup}/v1`;
  return subjects.map(({ kind, name, rules }) =>
    resource === 'clusterroles'
      ? {
          apiVersion,
          kind: 'ClusterRole',
          metadata: { name },
          rules: rules.map((each) => ({ apiGroups: [''], ...each })),
        }
      : {
          apiVersion,
          kind: 'ClusterRoleBinding',
          metadata: { name },
          roleRef: { apiGroup, kind: 'ClusterRole', name },
          subjects: [{ apiGroup, kind, name }],
        },
  );
}

const userName = (subject: z.infer<typeof member>): string =>
  subject.kind === 'ServiceAccount' ? `system:serviceaccount:${subject.namespace}:${subject.name}` : subject.name;

/** labels.Selector.Matches, of the requirements one by one. */
function selects({ matchLabels = {}, matchExpressions = [] }: z.infer<typeof selector>, of: Record<string, string>) {
  const pairs = Object.entries(matchLabels).map(([key, value]) => ({ key, operator: 'In' as const, values: [value] }));
  return [...pairs, ...matchExpressions].every(({ key, operator, values = [] }) => {
    const isThere = Object.hasOwn(of, key);
    const isOne = isThere && values.includes(of[key] ?? '');
    return { In: isOne, NotIn: !isOne, Exists: isThere, DoesNotExist: !isThere }[operator];
  });
}

/** What Kubernetes and EKS create in every cluster that reaches nodes/proxy (bootstrappolicy of 1.34; EKS User Guide, add-ons). */
const bootstrapObjects = [
  clusterRole('cluster-admin', [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]),
  clusterRole('system:controller:namespace-controller', [
    { apiGroups: ['*'], resources: ['*'], verbs: ['delete', 'deletecollection', 'get', 'list'] },
  ]),
  clusterRole('system:controller:generic-garbage-collector', [
    { apiGroups: ['*'], resources: ['*'], verbs: ['delete', 'get', 'list', 'patch', 'update', 'watch'] },
  ]),
  clusterRole('system:controller:resourcequota-controller', [
    { apiGroups: ['*'], resources: ['*'], verbs: ['list', 'watch'] },
  ]),
  clusterRole('system:kubelet-api-admin', [
    { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch', 'proxy'] },
    { apiGroups: [''], resources: ['nodes/log', 'nodes/metrics', 'nodes/proxy', 'nodes/stats'], verbs: ['*'] },
  ]),
  clusterRoleBinding('cluster-admin', 'cluster-admin', { apiGroup, kind: 'Group', name: 'system:masters' }),
  ...['namespace-controller', 'generic-garbage-collector', 'resourcequota-controller'].map((name) =>
    clusterRoleBinding(`system:controller:${name}`, `system:controller:${name}`, {
      kind: 'ServiceAccount',
      name,
      namespace: 'kube-system',
    }),
  ),
  clusterRoleBinding('eks:addon-cluster-admin', 'cluster-admin', { apiGroup, kind: 'User', name: 'eks:addon-manager' }),
];

/** A ClusterRole as it is put in. */
export function clusterRole(
  name: string,
  rules: readonly RbacRule[],
  {
    labels: of,
    aggregates,
  }: { readonly labels?: Record<string, string>; readonly aggregates?: Record<string, string> } = {},
) {
  return {
    apiVersion: `${apiGroup}/v1`,
    kind: 'ClusterRole',
    metadata: { name, ...(of && { labels: of }) },
    rules: rules.map((each) => ({ apiGroups: [''], ...each })),
    ...(aggregates && { aggregationRule: { clusterRoleSelectors: [{ matchLabels: aggregates }] } }),
  };
}

/** A ClusterRoleBinding as it is put in. */
export function clusterRoleBinding(name: string, of: string, ...subjects: readonly z.infer<typeof member>[]) {
  return {
    apiVersion: `${apiGroup}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup, kind: 'ClusterRole', name: of },
    subjects,
  };
}

/** Why an object does not take the place of the stored one. */
function wrongReplacement(object: RbacObject, stored: RbacObject, resource: Resource): HttpAnswer | undefined {
  const { name, resourceVersion } = object.metadata;
  if (resourceVersion !== undefined && resourceVersion !== stored.metadata.resourceVersion)
    return conflict(
      resource,
      name,
      'the object has been modified; please apply your changes to the latest version and try again',
    );
  if ('roleRef' in object && 'roleRef' in stored && JSON.stringify(object.roleRef) !== JSON.stringify(stored.roleRef))
    return statusAnswer({
      code: 422,
      message: `ClusterRoleBinding.${apiGroup} "${name}" is invalid: roleRef: Invalid value: cannot change roleRef`,
      reason: 'Invalid',
    });
  return undefined;
}

const uidOf = ({ kind, metadata: { name } }: RbacObject): string => `uid-of-${kind}-${name}`;

const notFound = (resource: Resource, name: string): HttpAnswer =>
  statusAnswer({
    code: 404,
    message: `${resource}.${apiGroup} "${name}" not found`,
    reason: 'NotFound',
    details: { name, group: apiGroup, kind: resource },
  });

const conflict = (resource: Resource, name: string, why: string): HttpAnswer =>
  statusAnswer({ code: 409, message: `${resource}.${apiGroup} "${name}" ${why}`, reason: 'Conflict' });
