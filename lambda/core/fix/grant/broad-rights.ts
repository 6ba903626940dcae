import { kubernetesGroup } from '../../../contract/names.ts';
import { proxyVerbs } from '../../read/rbac/reaching-roles.ts';
import { grantedObjects, type RbacRule } from './rbac-objects.ts';

/** A right in the form of a SelfSubjectAccessReview, over the whole cluster. */
export interface AccessRight {
  readonly verb: string;
  readonly group: string;
  /** A path of the API server, such as `/metrics`, where the right is to no object. */
  readonly resource: string;
  readonly subresource?: string;
  /** One object of a namespace; all objects of the cluster without. */
  readonly name?: string;
  readonly namespace?: string;
}

const rbac = 'rbac.authorization.k8s.io';
const certificates = 'certificates.k8s.io';
const admission = 'admissionregistration.k8s.io';
const write = 'create update patch';

/**
 * The questions to the API server about a token that is shown to a node, whose root may use it for up to 15 minutes. EKS's own authorizer lists no rules, so
 * what an access policy gives shows only here. Source: kubernetes.io/docs/concepts/security/rbac-good-practices (privilege escalation risks).
 */
const broad: readonly (readonly [group: string, resources: string, verbs: string, scope?: Partial<AccessRight>])[] = [
  ['*', '*', '*'],
  // All that reaches a kubelet or a pod's ports; get suffices for exec, over a WebSocket.
  ['', 'nodes/proxy', proxyVerbs.join(' ')],
  ['', 'pods/proxy services/proxy pods/exec pods/attach pods/portforward', 'get create'],
  ['', 'secrets', 'get list watch'],
  // All that shows what containers print, or their memory.
  ['', 'pods/log nodes/log', 'get'],
  ['', 'nodes/checkpoint', 'create'],
  // All that starts a container, or changes one.
  ['', 'pods replicationcontrollers persistentvolumes', write],
  ['', 'pods/ephemeralcontainers', 'update patch'],
  ['apps', 'daemonsets deployments replicasets statefulsets', write],
  ['batch', 'cronjobs jobs', write],
  // All that ends workloads, or moves them to a machine of the caller's choice.
  ['', 'namespaces pods nodes', 'delete'],
  ['', 'nodes nodes/status', 'update patch'],
  // All that makes the caller another one.
  ['', 'serviceaccounts/token', 'create'],
  ['', 'users groups serviceaccounts', 'impersonate'],
  ['authentication.k8s.io', 'uids', 'impersonate'],
  [certificates, 'signers', 'approve sign'],
  [certificates, 'certificatesigningrequests/approval certificatesigningrequests/status', 'update patch'],
  // All that gives rights. The ConfigMap aws-auth makes cluster administrators.
  ['', 'configmaps', 'create', { namespace: 'kube-system' }],
  ['', 'configmaps', 'update patch', { namespace: 'kube-system', name: 'aws-auth' }],
  [rbac, 'clusterroles roles', 'escalate bind'],
  [rbac, 'clusterrolebindings rolebindings', write],
  [admission, 'mutatingwebhookconfigurations mutatingadmissionpolicies mutatingadmissionpolicybindings', write],
  [admission, 'validatingwebhookconfigurations validatingadmissionpolicies validatingadmissionpolicybindings', write],
  ['apiregistration.k8s.io', 'apiservices', write],
  // What Karpenter makes nodes of: user data can hold secrets.
  ['karpenter.k8s.aws', 'ec2nodeclasses', 'get list watch'],
  ['karpenter.sh', 'nodepools', 'get list watch'],
];

/** Each of these rights, as a question to the API server. */
export const broadRights: readonly AccessRight[] = broad.flatMap(([group, resources, verbs, scope]) =>
  resources.split(' ').flatMap((each) => verbs.split(' ').map((verb) => ({ ...rightTo(verb, group, each), ...scope }))),
);

const paths = (verb: string, ...resources: string[]): RbacRule => ({ verbs: [verb], apiGroups: [''], resources });

/** Kubernetes' default roles for every user and every service account (plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go). */
const defaultRules: readonly RbacRule[] = [
  {
    verbs: ['create'],
    apiGroups: ['authorization.k8s.io'],
    resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
  },
  { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
  { verbs: ['get', 'list', 'watch'], apiGroups: [certificates], resources: ['clustertrustbundles'] },
  paths('get', '/healthz', '/livez', '/readyz', '/version', '/version/', '/api', '/api/*', '/apis', '/apis/*'),
  paths('get', '/openapi', '/openapi/*', '/.well-known/openid-configuration', '/.well-known/openid-configuration/'),
  paths('get', '/openid/v1/jwks', '/openid/v1/jwks/'),
  // EKS gave it to everybody until 1.24, and clusters keep it; the API itself is gone since 1.25.
  { verbs: ['use'], apiGroups: ['policy'], resources: ['podsecuritypolicies'] },
];

/** All that a token for nodes may do: docs/rbac-direct.yaml, what control 4.1.10 adds, and what everybody may. */
const expectedRules: readonly RbacRule[] = [
  ...grantedObjects({ way: 'direct', proxyHolders: true }).clusterRole.rules,
  ...defaultRules,
];

/**
 * The first right of a rule (of a SelfSubjectRulesReview) that a token for nodes must not have; `undefined` when it has none. An unknown right and
 * any wildcard is one. Its resources have their subresource (`pods/exec`), or are paths of the API server. No resourceNames mean every object.
 */
export function unexpectedRight(held: RbacRule): AccessRight | undefined {
  const names = held.resourceNames ?? [];
  if (held.verbs.length === 0) return undefined;
  for (const group of new Set(held.apiGroups))
    for (const resource of new Set(held.resources))
      for (const verb of new Set(held.verbs))
        if (!expectedRules.some((rule) => covers(rule, { verb, group, resource, names })))
          return { ...rightTo(verb, group, resource), ...(names[0] !== undefined && { name: names[0] }) };
  return undefined;
}

type Held = Pick<AccessRight, 'verb' | 'group' | 'resource'> & { readonly names: readonly string[] };

const covers = ({ verbs, apiGroups, resources, resourceNames = [] }: RbacRule, { names, ...held }: Held): boolean =>
  verbs.includes(held.verb) &&
  apiGroups.includes(held.group) &&
  resources.includes(held.resource) &&
  (resourceNames.length === 0 || (names.length > 0 && names.every((each) => resourceNames.includes(each))));

/** The groups that the token of an IAM principal may be in: any other may have rights in namespaces that nobody lists. */
export const expectedGroups: readonly string[] = [kubernetesGroup, 'system:authenticated'];

function rightTo(verb: string, group: string, resource: string): AccessRight {
  if (resource.startsWith('/')) return { verb, group, resource };
  const [name = '', subresource] = resource.split('/');
  return { verb, group, resource: name, ...(subresource !== undefined && { subresource }) };
}

/** What the kubelet asks about a request for its configuration, from Kubernetes 1.33 on. */
export const configzRight: AccessRight = { verb: 'get', group: '', resource: 'nodes', subresource: 'configz' };

/** `get nodes/proxy`, `* on everything` */
export const rightText = ({ verb, resource, subresource, name }: AccessRight): string =>
  resource === '*' && verb === '*'
    ? 'do everything (* on *)'
    : `${verb} ${resource}${subresource ? `/${subresource}` : ''}${name ? ` ${name}` : ''}`;
