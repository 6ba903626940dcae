import { alikeBy } from '../model/alike-by.ts';
import { byText, printable } from '../model/text/words.ts';
import { type IamPrincipal, reachOf } from '../read/rbac/access-policies.ts';
import { type ClusterRole, reachingRoles } from '../read/rbac/reaching-roles.ts';
import { matchesPattern } from './waivers/find-waiver.ts';

export interface Subject {
  readonly kind: 'User' | 'Group' | 'ServiceAccount';
  /** For a service account `NAMESPACE/NAME`. */
  readonly name: string;
}

/**
 * A ClusterRoleBinding. RoleBindings are left out: they grant within a namespace, and nodes are in none. Neither the API server nor the kubelet ever
 * finds `nodes/proxy` in one (docs/access.md).
 */
export interface ClusterRoleBinding {
  readonly name: string;
  /** The name of the ClusterRole. */
  readonly role: string;
  readonly subjects: readonly Subject[];
}

/** What the API server and EKS said. */
export interface ProxyGrants {
  /** Those that reach `nodes/proxy`, and those that aggregate others. */
  readonly roles: readonly ClusterRole[];
  /** Those of such roles. */
  readonly bindings: readonly ClusterRoleBinding[];
  readonly principals: readonly IamPrincipal[];
  /** The audit's own identity in this cluster; absent when the API server did not say. */
  readonly self?: { readonly username: string; readonly groups: readonly string[] };
}

/** How a holder comes by it. */
interface Way {
  readonly text: string;
  /** For an IAM principal: the Kubernetes subject that it also is. */
  readonly as?: Named;
  /** AWS does not publish what the access policy allows: it may be everything. */
  readonly unsure?: true;
}

export interface ProxyHolder {
  readonly kind: Subject['kind'] | 'IAM';
  /** For a service account `NAMESPACE/NAME`, for an IAM principal its ARN. */
  readonly name: string;
  readonly ways: readonly Way[];
  /** Kubernetes or EKS created it with this right. */
  readonly system?: true;
  /** It is this audit. */
  readonly ours?: true;
}

/**
 * Every principal that RBAC or EKS lets reach `nodes/proxy`, by kind and name. Principals that may grant it to themselves (escalate, bind,
 * impersonate, a token of a service account, a pod on a node) are not looked for. IAM principals are named beside the groups that they are in.
 */
export function proxyHolders(grants: ProxyGrants): readonly ProxyHolder[] {
  const bound = boundHolders(grants);
  const inCluster = [...bound.values()].map((holder) => ({
    ...holder,
    ...(systemSubjects.includes(keyOf(holder)) && { system: true as const }),
    ...(isOurs(holder, grants.self) && { ours: true as const }),
  }));
  const principals = grants.principals.flatMap((each) => iamHolder(each, bound, grants.self));

  return [...inCluster, ...principals].toSorted(byText(keyOf));
}

type Named = Pick<ProxyHolder, 'kind' | 'name'>;
type Bound = ReadonlyMap<string, Named & Pick<ProxyHolder, 'ways'>>;

export const keyOf = ({ kind, name }: Named): string => `${kind} ${name}`;

function boundHolders({ roles, bindings }: ProxyGrants): Bound {
  const reaching = reachingRoles(roles);
  const masters = { kind: 'Group', name: 'system:masters', text: 'the API server lets it do everything' } as const;
  const held = bindings.flatMap(({ name, role, subjects }) => {
    const right = reaching.get(role);
    if (right === undefined) return [];
    const text = printable(`ClusterRoleBinding ${name}, ClusterRole ${role}: ${right}`, 300);
    return subjects.map((each) => ({ ...asOneName(each), text }));
  });
  return new Map(
    [...alikeBy([masters, ...held], keyOf)].map(([key, all]) => {
      const [{ kind, name }] = all;
      return [key, { kind, name, ways: all.map(({ text }) => ({ text })) }];
    }),
  );
}

const accountUser = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** A service account may be bound by the name of its user, too. */
export function asOneName(subject: Subject): Subject {
  const [, namespace, name] = (subject.kind === 'User' && accountUser.exec(subject.name)) || [];
  return namespace && name ? { kind: 'ServiceAccount', name: `${namespace}/${name}` } : subject;
}

/** A built-in group of Kubernetes holds everyone, so it belongs to no principal. */
function isOurs({ kind, name }: Named, self: ProxyGrants['self']): boolean {
  if (!self) return false;
  if (kind === 'Group') return !name.startsWith('system:') && self.groups.includes(name);
  return keyOf(asOneName({ kind: 'User', name: self.username })) === keyOf({ kind, name });
}

function iamHolder(principal: IamPrincipal, bound: Bound, self: ProxyGrants['self']): readonly ProxyHolder[] {
  const { arn, username, groups, from, policies } = principal;
  const pattern = username.replace(/\{\{[^{}]*\}\}/g, '*');
  const asSubject = ({ kind, name, ways }: Named & Pick<ProxyHolder, 'ways'>): Way => ({
    text: printable(`${from}: ${kind === 'Group' ? 'group' : 'user name'} ${name}, ${ways[0]?.text}`, 400),
    as: { kind, name },
  });

  const byGroup = [...new Set(groups)].flatMap((name) => bound.get(keyOf({ kind: 'Group', name })) ?? []);
  const userOf = ({ kind, name }: Named) =>
    kind === 'User' ? name : `system:serviceaccount:${name.replace('/', ':')}`;
  const byName = [...bound.values()].filter((each) => each.kind !== 'Group' && matchesPattern(userOf(each), pattern));
  const byPolicy = policies.flatMap((policy): readonly Way[] => {
    const reach = reachOf(policy);
    if (reach === 'does-not-reach') return [];
    const text = printable(`access policy ${policy.name}`, 150);
    return reach === 'reaches'
      ? [{ text }]
      : [{ text: `${text}, of which AWS does not publish what it allows`, unsure: true }];
  });

  const ways = [...byPolicy, ...byGroup.map(asSubject), ...byName.map(asSubject)];
  if (ways.length === 0) return [];
  const ours = self !== undefined && matchesPattern(self.username, pattern);
  return [{ kind: 'IAM', name: arn, ways, ...(ours && { ours }) }];
}

/**
 * The subjects that reach `nodes/proxy` in every cluster because Kubernetes or EKS gives it to them: by name, one by one. Labels and prefixes prove
 * nothing: any writer of RBAC objects can set `kubernetes.io/bootstrapping: rbac-defaults`, or bind a user called `eks:anything`.
 *
 * Kubernetes: plugin/pkg/auth/authorizer/rbac/bootstrappolicy/{policy,controller_policy}.go of 1.34. The two controllers get and delete every
 * resource; those that only list and watch (resource-quota, kube-controller-manager) are not here. EKS: "Amazon EKS add-ons" in its user guide names
 * the binding `eks:addon-cluster-admin` of `cluster-admin` to `eks:addon-manager`.
 */
const systemSubjects: readonly string[] = [
  // Kubernetes: its API server lets this group do everything, bound or not.
  'Group system:masters',
  // Kubernetes: the controller that empties deleted namespaces.
  'ServiceAccount kube-system/namespace-controller',
  // Kubernetes: the controller that deletes what has no owner.
  'ServiceAccount kube-system/generic-garbage-collector',
  // EKS: what installs add-ons.
  'User eks:addon-manager',
];
