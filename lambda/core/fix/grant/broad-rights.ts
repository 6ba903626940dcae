/** A right in the form of a SelfSubjectAccessReview, over the whole cluster. */
export interface AccessRight {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** One object of a namespace; all objects of the cluster without. */
  readonly name?: string;
  readonly namespace?: string;
}

/**
 * A token that is shown to a node is one that its root may use for up to 15 minutes. With any of these rights it would be worth more than the
 * configuration of kubelets. Reading nodes and RBAC objects, and what every authenticated user may, is no reason.
 */
export const broadRights: readonly AccessRight[] = [
  { verb: '*', group: '*', resource: '*' },
  { verb: 'get', group: '', resource: 'nodes', subresource: 'proxy' },
  { verb: 'create', group: '', resource: 'nodes', subresource: 'proxy' },
  { verb: 'get', group: '', resource: 'secrets' },
  { verb: 'list', group: '', resource: 'secrets' },
  { verb: 'create', group: '', resource: 'pods' },
  { verb: 'create', group: '', resource: 'pods', subresource: 'exec' },
  { verb: 'create', group: '', resource: 'serviceaccounts', subresource: 'token' },
  { verb: 'impersonate', group: '', resource: 'users' },
  { verb: 'escalate', group: 'rbac.authorization.k8s.io', resource: 'clusterroles' },
  { verb: 'bind', group: 'rbac.authorization.k8s.io', resource: 'clusterroles' },
];

/** What the kubelet asks about a request for its configuration, from Kubernetes 1.33 on. */
export const configzRight: AccessRight = { verb: 'get', group: '', resource: 'nodes', subresource: 'configz' };

/** `get nodes/proxy`, `* on everything` */
export const rightText = ({ verb, resource, subresource, name }: AccessRight): string =>
  resource === '*'
    ? 'do everything (* on *)'
    : `${verb} ${resource}${subresource ? `/${subresource}` : ''}${name ? ` ${name}` : ''}`;
