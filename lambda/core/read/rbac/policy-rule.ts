/** One rule of a role, as Kubernetes stores it. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  /** Names of nodes to which the rule is limited; for all of them when empty. */
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/**
 * The verbs of the requests that the node proxy and the kubelet answer. Both derive them from the HTTP methods GET and HEAD, POST, PUT, PATCH and
 * DELETE. `get` suffices to run commands: the kubelet takes exec over a WebSocket. `list`, `watch` and `deletecollection` are verbs of requests
 * without a node's name, which the proxy does not know. Source: k8s.io/apiserver pkg/endpoints/request/requestinfo.go; pkg/kubelet/server/auth.go.
 */
export const proxyVerbs = ['get', 'create', 'update', 'patch', 'delete'] as const;

/**
 * The verbs by which a rule reaches `nodes/proxy`; none when it does not. As Kubernetes matches (pkg/apis/rbac/v1/evaluation_helpers.go): `*`, the name itself,
 * or a star before the slash. `nodes/*` and `nodes` are other resources, and match nothing here.
 */
export function verbsToNodesProxy({
  verbs,
  apiGroups,
  resources,
}: Pick<PolicyRule, 'verbs' | 'apiGroups' | 'resources'>): readonly string[] {
  const isOfNodes =
    (apiGroups.includes('*') || apiGroups.includes('')) &&
    resources.some((each) => each === '*' || each === 'nodes/proxy' || each === '*/proxy');
  if (!isOfNodes) return [];

  return verbs.includes('*') ? ['*'] : proxyVerbs.filter((each) => verbs.includes(each));
}
