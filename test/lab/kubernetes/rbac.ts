/** One rule of a ClusterRole. */
export interface RbacRule {
  /** The core group when absent, which is named ''. */
  readonly apiGroups?: readonly string[];
  readonly verbs: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  /** Given by a RoleBinding of this namespace; in the whole cluster when absent. */
  readonly namespace?: string;
}

/** Which rules hold for which subject: ClusterRoles and their bindings in one. */
export interface Rbac {
  readonly groups?: Readonly<Record<string, readonly RbacRule[]>>;
  readonly users?: Readonly<Record<string, readonly RbacRule[]>>;
}

export interface KubernetesUser {
  readonly name: string;
  readonly groups: readonly string[];
  /** Of an IAM principal, as EKS's authenticator names it to the API server: the role of a session, without its path. */
  readonly canonicalArn?: string;
  /** Of an IAM principal: what EKS's own authorizer lets it do besides. */
  readonly policies?: readonly { readonly name: string; readonly scope: 'cluster' | 'namespace' }[];
}

/** The rules of EKS's access policies that reach cluster-scoped resources, as its User Guide has them. */
const accessPolicies: Readonly<Record<string, readonly RbacRule[]>> = {
  AmazonEKSClusterAdminPolicy: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
  AmazonEKSAdminViewPolicy: [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] }],
  AmazonEKSHybridPolicy: [{ apiGroups: ['*'], resources: ['nodes'], verbs: ['list'] }],
};

export interface ResourceRequest {
  /** The core group when absent. */
  readonly apiGroup?: string;
  readonly verb: string;
  /** With its subresource: `nodes/proxy`. */
  readonly resource: string;
  readonly name?: string;
  readonly namespace?: string;
}

/** What the audit asks for: list nodes, read the proxied kubelet. */
export const auditorRules: readonly RbacRule[] = [
  { verbs: ['get', 'list'], resources: ['nodes'] },
  { verbs: ['get'], resources: ['nodes/proxy'] },
];

/** The narrow way: list nodes, ask each kubelet for its configuration on its own port. */
export const directRules: readonly RbacRule[] = [
  { verbs: ['get', 'list'], resources: ['nodes'] },
  { verbs: ['get'], resources: ['nodes/configz'] },
];

/** What the audit reads for who holds nodes/proxy (control 4.1.10). */
export const holderRules: readonly RbacRule[] = [
  { apiGroups: ['rbac.authorization.k8s.io'], verbs: ['list'], resources: ['clusterroles', 'clusterrolebindings'] },
  { verbs: ['get'], resources: ['configmaps'], resourceNames: ['aws-auth'] },
];

export const anonymous: KubernetesUser = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

export function allows(rbac: Rbac, user: KubernetesUser, request: ResourceRequest): boolean {
  const rules = [
    ...rulesOf(rbac, user),
    ...(user.policies ?? []).flatMap(({ name, scope }) => (scope === 'cluster' ? (accessPolicies[name] ?? []) : [])),
  ];
  return rules.some(
    (rule) =>
      (rule.namespace === undefined || rule.namespace === request.namespace) &&
      includes(rule.apiGroups ?? [''], request.apiGroup ?? '') &&
      includes(rule.verbs, request.verb) &&
      (includes(rule.resources, request.resource) || includesSubresource(rule.resources, request.resource)) &&
      ((rule.resourceNames ?? []).length === 0 || rule.resourceNames?.includes(request.name ?? '')),
  );
}

/** What RBAC alone lets a user do: EKS's own authorizer decides besides and lists nothing. */
export const rulesOf = (rbac: Rbac, { name, groups }: KubernetesUser): readonly RbacRule[] => [
  ...(groups.includes('system:masters') ? [everything] : []),
  ...groups.flatMap((group) => rbac.groups?.[group] ?? []),
  ...(rbac.users?.[name] ?? []),
];

const everything: RbacRule = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] };

// A star before the slash means that subresource of every resource.
function includesSubresource(allowed: readonly string[], wanted: string): boolean {
  const [, subresource] = wanted.split('/');
  return subresource !== undefined && allowed.includes(`*/${subresource}`);
}

function includes(allowed: readonly string[], wanted: string): boolean {
  return allowed.includes('*') || allowed.includes(wanted);
}
