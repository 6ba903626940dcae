import { kubernetesGroup } from '../../../contract/names.ts';
import { proxyVerbs } from '../../read/rbac/reaching-roles.ts';
import { grantedObjects } from './rbac-objects.ts';

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

/** One rule of what a caller may do (SelfSubjectRulesReview). */
export interface HeldRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  /** With their subresource: `pods/exec`. Paths of the API server, where it is a rule about these. */
  readonly resources: readonly string[];
  /** Every object when empty or absent. */
  readonly resourceNames?: readonly string[];
}

interface BroadRights {
  readonly group: string;
  /** With their subresource: `pods/exec`. */
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly namespace?: string;
  readonly name?: string;
}

const rbac = 'rbac.authorization.k8s.io';
const certificates = 'certificates.k8s.io';
const write = ['create', 'update', 'patch'];

/**
 * The questions to the API server about a token that is shown to a node, whose root may use it for up to 15 minutes. EKS's own authorizer lists no rules, so
 * what an access policy gives shows only here. Source: kubernetes.io/docs/concepts/security/rbac-good-practices (privilege escalation risks).
 */
const broad: readonly BroadRights[] = [
  { group: '*', resources: ['*'], verbs: ['*'] },
  // All that reaches a kubelet or a pod's ports; get suffices for exec, over a WebSocket.
  { group: '', resources: ['nodes/proxy'], verbs: proxyVerbs },
  { group: '', resources: ['pods/proxy', 'services/proxy'], verbs: ['get', 'create'] },
  { group: '', resources: ['pods/exec', 'pods/attach', 'pods/portforward'], verbs: ['get', 'create'] },
  { group: '', resources: ['secrets'], verbs: ['get', 'list', 'watch'] },
  // All that shows what containers print, or their memory.
  { group: '', resources: ['pods/log', 'nodes/log'], verbs: ['get'] },
  { group: '', resources: ['nodes/checkpoint'], verbs: ['create'] },
  // All that starts a container, or changes one.
  { group: '', resources: ['pods', 'replicationcontrollers'], verbs: write },
  { group: '', resources: ['pods/ephemeralcontainers'], verbs: ['update', 'patch'] },
  { group: 'apps', resources: ['daemonsets', 'deployments', 'replicasets', 'statefulsets'], verbs: write },
  { group: 'batch', resources: ['cronjobs', 'jobs'], verbs: write },
  { group: '', resources: ['persistentvolumes'], verbs: write },
  // All that ends workloads, or moves them to a machine of the caller's choice.
  { group: '', resources: ['namespaces', 'pods', 'nodes'], verbs: ['delete'] },
  { group: '', resources: ['nodes', 'nodes/status'], verbs: ['update', 'patch'] },
  // All that makes the caller another one.
  { group: '', resources: ['serviceaccounts/token'], verbs: ['create'] },
  { group: '', resources: ['users', 'groups', 'serviceaccounts'], verbs: ['impersonate'] },
  { group: 'authentication.k8s.io', resources: ['uids'], verbs: ['impersonate'] },
  { group: certificates, resources: ['signers'], verbs: ['approve', 'sign'] },
  {
    group: certificates,
    resources: ['certificatesigningrequests/approval', 'certificatesigningrequests/status'],
    verbs: ['update', 'patch'],
  },
  // All that gives rights. The ConfigMap aws-auth makes cluster administrators.
  { group: '', resources: ['configmaps'], verbs: ['create'], namespace: 'kube-system' },
  { group: '', resources: ['configmaps'], verbs: ['update', 'patch'], namespace: 'kube-system', name: 'aws-auth' },
  { group: rbac, resources: ['clusterroles', 'roles'], verbs: ['escalate', 'bind'] },
  { group: rbac, resources: ['clusterrolebindings', 'rolebindings'], verbs: write },
  {
    group: 'admissionregistration.k8s.io',
    resources: [
      'mutatingwebhookconfigurations',
      'validatingwebhookconfigurations',
      'mutatingadmissionpolicies',
      'mutatingadmissionpolicybindings',
      'validatingadmissionpolicies',
      'validatingadmissionpolicybindings',
    ],
    verbs: write,
  },
  { group: 'apiregistration.k8s.io', resources: ['apiservices'], verbs: write },
  // What Karpenter makes nodes of: user data can hold secrets.
  { group: 'karpenter.k8s.aws', resources: ['ec2nodeclasses'], verbs: ['get', 'list', 'watch'] },
  { group: 'karpenter.sh', resources: ['nodepools'], verbs: ['get', 'list', 'watch'] },
];

/** Each of these rights, as a question to the API server. */
export const broadRights: readonly AccessRight[] = broad.flatMap(({ group, resources, verbs, ...scope }) =>
  resources.flatMap((each) => verbs.map((verb) => ({ ...rightTo(verb, group, each), ...scope }))),
);

const paths = (verb: string, ...resources: string[]): HeldRule => ({ verbs: [verb], apiGroups: [''], resources });

/** Kubernetes' default roles for every user and every service account (plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go). */
const defaultRules: readonly HeldRule[] = [
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
const expectedRules: readonly HeldRule[] = [
  ...grantedObjects({ way: 'direct', proxyHolders: true }).clusterRole.rules,
  ...defaultRules,
];

/** The first right of a rule that a token for nodes must not have; `undefined` when it has none. An unknown right and any wildcard is one. */
export function unexpectedRight(held: HeldRule): AccessRight | undefined {
  const names = held.resourceNames ?? [];
  if (held.verbs.length === 0) return undefined;
  for (const group of new Set(held.apiGroups))
    for (const resource of new Set(held.resources))
      for (const verb of new Set(held.verbs))
        if (!expectedRules.some((rule) => covers(rule, { verb, group, resource, names })))
          return { ...rightTo(verb, group, resource), ...(names[0] !== undefined && { name: names[0] }) };
  return undefined;
}

interface Held {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly names: readonly string[];
}

const covers = ({ verbs, apiGroups, resources, resourceNames = [] }: HeldRule, { names, ...held }: Held): boolean =>
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
