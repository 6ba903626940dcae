import * as z from 'zod';
import { compactJsonAnswer, type HttpAnswer, statusAnswer } from '../wire/http-answer.ts';
import { allows, type KubernetesUser, type Rbac, type RbacRule } from './rbac.ts';

const apiGroup = 'rbac.authorization.k8s.io';
const pathPattern = new RegExp(`^/apis/${apiGroup}/v1/(clusterroles|clusterrolebindings)(?:/([^/]+))?$`);
type Resource = 'clusterroles' | 'clusterrolebindings';

const words = z.array(z.string());
const metadata = z.looseObject({ name: z.string().min(1), resourceVersion: z.string().optional() });
const member = z.strictObject({ apiGroup: z.literal(apiGroup), kind: z.string(), name: z.string() });
const schemas = {
  clusterroles: z.strictObject({
    apiVersion: z.literal(`${apiGroup}/v1`),
    kind: z.literal('ClusterRole'),
    metadata,
    rules: z.array(z.strictObject({ apiGroups: words, resources: words, verbs: words })),
  }),
  clusterrolebindings: z.strictObject({
    apiVersion: z.literal(`${apiGroup}/v1`),
    kind: z.literal('ClusterRoleBinding'),
    metadata,
    roleRef: member,
    subjects: z.array(member),
  }),
};
type ClusterRole = z.infer<typeof schemas.clusterroles>;
type ClusterRoleBinding = z.infer<typeof schemas.clusterrolebindings>;

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

  /** Every right in force: the given ones, and those of the bindings whose role is there. */
  effective(given: Rbac): Rbac {
    const groups: Record<string, readonly RbacRule[]> = { ...given.groups };
    const users: Record<string, readonly RbacRule[]> = { ...given.users };
    for (const { roleRef, subjects } of this.#bindings.values()) {
      const rules = this.#roles.get(roleRef.name)?.rules ?? [];
      for (const { kind, name } of subjects) {
        const into = kind === 'Group' ? groups : users;
        into[name] = [...(into[name] ?? []), ...rules];
      }
    }
    return { groups, users };
  }

  get(resource: Resource, name: string): ClusterRole | ClusterRoleBinding | undefined {
    return resource === 'clusterroles' ? this.#roles.get(name) : this.#bindings.get(name);
  }

  /** Puts an object in, whoever may. */
  put(object: unknown): void {
    const role = schemas.clusterroles.safeParse(object);
    this.#version += 1;
    const resourceVersion = String(this.#version);
    if (role.success) {
      const stored = { ...role.data, metadata: { ...role.data.metadata, uid: uidOf(role.data), resourceVersion } };
      this.#roles.set(stored.metadata.name, stored);
      return;
    }
    const binding = schemas.clusterrolebindings.parse(object);
    const stored = { ...binding, metadata: { ...binding.metadata, uid: uidOf(binding), resourceVersion } };
    this.#bindings.set(stored.metadata.name, stored);
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
    const wrong =
      method === 'POST'
        ? stored && conflict(resource, object.metadata.name, 'already exists')
        : wrongReplacement({ resource, name, object, stored });
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
  #escalation(object: ClusterRole | ClusterRoleBinding, user: KubernetesUser, rights: Rbac): HttpAnswer | undefined {
    const verb = object.kind === 'ClusterRole' ? 'escalate' : 'bind';
    const roleName = object.kind === 'ClusterRole' ? object.metadata.name : object.roleRef.name;
    if (allows(rights, user, { verb, resource: 'clusterroles', name: roleName, apiGroup })) return undefined;

    const role = object.kind === 'ClusterRole' ? object : this.#roles.get(roleName);
    if (!role) return notFound('clusterroles', roleName);

    const handedOn = role.rules.flatMap(({ apiGroups, resources, verbs }) =>
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

function wrongReplacement({
  resource,
  name = '',
  object,
  stored,
}: {
  readonly resource: Resource;
  readonly name: string | undefined;
  readonly object: ClusterRole | ClusterRoleBinding;
  readonly stored: ClusterRole | ClusterRoleBinding | undefined;
}): HttpAnswer | undefined {
  if (!stored) return notFound(resource, name);
  const version = object.metadata.resourceVersion;
  if (version !== undefined && version !== stored.metadata.resourceVersion)
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

const uidOf = ({ kind, metadata: { name } }: ClusterRole | ClusterRoleBinding): string => `uid-of-${kind}-${name}`;

const notFound = (resource: Resource, name: string): HttpAnswer =>
  statusAnswer({
    code: 404,
    message: `${resource}.${apiGroup} "${name}" not found`,
    reason: 'NotFound',
    details: { name, group: apiGroup, kind: resource },
  });

const conflict = (resource: Resource, name: string, why: string): HttpAnswer =>
  statusAnswer({ code: 409, message: `${resource}.${apiGroup} "${name}" ${why}`, reason: 'Conflict' });

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
