import { proxyVerbs } from '../../read/rbac/policy-rule.ts';

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

/** One rule of what a caller may do (SelfSubjectRulesReview). Named objects are left out: a right to one of them is a right. */
export interface HeldRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
}

interface BroadRights {
  readonly group: string;
  /** With their subresource: `pods/exec`. */
  readonly resources: readonly string[];
  /** Each of them is asked about. In a rule, `any` other verb counts as well. */
  readonly verbs: readonly string[];
  readonly any?: true;
}

const rbac = 'rbac.authorization.k8s.io';
const certificates = 'certificates.k8s.io';
const write = ['create', 'update', 'patch'];

/**
 * A token that is shown to a node is one that its root may use for up to 15 minutes. With any of these rights it would be worth more than the
 * configuration of kubelets. Reading nodes and RBAC objects, and what every authenticated user may, is no reason.
 * Source: kubernetes.io/docs/concepts/security/rbac-good-practices (privilege escalation risks).
 */
const broad: readonly BroadRights[] = [
  { group: '*', resources: ['*'], verbs: ['*'] },
  // All that reaches a kubelet or a pod's ports; get suffices for exec, over a WebSocket.
  { group: '', resources: ['nodes/proxy'], verbs: proxyVerbs, any: true },
  { group: '', resources: ['pods/proxy', 'services/proxy'], verbs: ['get', 'create'], any: true },
  { group: '', resources: ['pods/exec', 'pods/attach', 'pods/portforward'], verbs: ['get', 'create'], any: true },
  { group: '', resources: ['secrets'], verbs: ['get', 'list', 'watch'] },
  // All that starts a container, or changes one.
  { group: '', resources: ['pods', 'replicationcontrollers'], verbs: write },
  { group: '', resources: ['pods/ephemeralcontainers'], verbs: ['update', 'patch'] },
  { group: 'apps', resources: ['daemonsets', 'deployments', 'replicasets', 'statefulsets'], verbs: write },
  { group: 'batch', resources: ['cronjobs', 'jobs'], verbs: write },
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
  // All that gives rights.
  { group: rbac, resources: ['clusterroles', 'roles'], verbs: ['escalate', 'bind'] },
  { group: rbac, resources: ['clusterrolebindings', 'rolebindings'], verbs: write },
  {
    group: 'admissionregistration.k8s.io',
    resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
    verbs: write,
  },
  // What Karpenter makes nodes of: user data can hold secrets.
  { group: 'karpenter.k8s.aws', resources: ['ec2nodeclasses'], verbs: ['get', 'list', 'watch'] },
  { group: 'karpenter.sh', resources: ['nodepools'], verbs: ['get', 'list', 'watch'] },
];

/** Each of these rights, as a question to the API server. */
export const broadRights: readonly AccessRight[] = broad.flatMap(({ group, resources, verbs }) =>
  resources.flatMap((each) => verbs.map((verb) => rightTo(verb, group, each))),
);

/**
 * The first of these rights that a rule gives, of all objects or of named ones; `undefined` when it gives none. As Kubernetes matches
 * (pkg/apis/rbac/v1/evaluation_helpers.go): `*`, the name itself, or a star before the slash.
 */
export function broadRightOf({ verbs, apiGroups, resources }: HeldRule): AccessRight | undefined {
  for (const { group, resources: known, verbs: asked, any } of broad) {
    if (!apiGroups.includes('*') && !apiGroups.includes(group)) continue;

    const verb = verbs.includes('*') ? '*' : verbs.find((each) => any || asked.includes(each));
    const resource = known.find((each) => matches(resources, each));
    if (verb !== undefined && resource !== undefined) return rightTo(verb, group, resource);
  }
  return undefined;
}

function matches(resources: readonly string[], wanted: string): boolean {
  const [, subresource] = wanted.split('/');
  return (
    resources.includes('*') ||
    resources.includes(wanted) ||
    (subresource !== undefined && resources.includes(`*/${subresource}`))
  );
}

function rightTo(verb: string, group: string, resource: string): AccessRight {
  const [name = '', subresource] = resource.split('/');
  return { verb, group, resource: name, ...(subresource !== undefined && { subresource }) };
}

/** What the kubelet asks about a request for its configuration, from Kubernetes 1.33 on. */
export const configzRight: AccessRight = { verb: 'get', group: '', resource: 'nodes', subresource: 'configz' };

/** `get nodes/proxy`, `* on everything` */
export const rightText = ({ verb, resource, subresource, name }: AccessRight): string =>
  resource === '*'
    ? 'do everything (* on *)'
    : `${verb} ${resource}${subresource ? `/${subresource}` : ''}${name ? ` ${name}` : ''}`;
