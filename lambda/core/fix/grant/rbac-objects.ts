import { Document, visit } from 'yaml';
import { kubernetesGroup } from '../../../contract/names.ts';
import { byText } from '../../model/text/words.ts';
import type { PolicyRule } from '../../read/rbac/reaching-roles.ts';

export type RbacRule = Pick<PolicyRule, 'apiGroups' | 'resources' | 'verbs'> &
  Partial<Pick<PolicyRule, 'resourceNames'>>;

export type RbacObject = GrantObjects['clusterRole' | 'clusterRoleBinding'];

/** The two ways to read a running kubelet. Each cluster grants one of them: a token that may get nodes/proxy is shown to no node. */
export type GrantWay = 'direct' | 'api-server';

type GrantObjects = ReturnType<typeof granting>;

const apiGroup = 'rbac.authorization.k8s.io';
const apiVersion = `${apiGroup}/v1`;

/** What the audit's group needs: the least that reads kubelets on their own port, and the least that reads them through the API server. */
export const grantObjects: Readonly<Record<GrantWay, GrantObjects>> = {
  direct: granting(`${kubernetesGroup}-direct`, 'nodes/configz'),
  'api-server': granting(kubernetesGroup, 'nodes/proxy'),
};

/**
 * What control 4.1.10 needs in addition: who holds nodes/proxy. A ClusterRole cannot name a namespace, but a ConfigMap called aws-auth means
 * something in kube-system only. Roles and RoleBindings are not asked for: they cannot grant what is in no namespace.
 */
const holderRules: readonly RbacRule[] = [
  { apiGroups: [apiGroup], resources: ['clusterroles', 'clusterrolebindings'], verbs: ['list'] },
  { apiGroups: [''], resources: ['configmaps'], resourceNames: ['aws-auth'], verbs: ['get'] },
];

/** What the setting `nextNode` needs in addition. The user data of an EC2NodeClass can hold secrets, so no token that nodes see may list them. */
const karpenterRules: readonly RbacRule[] = [
  { apiGroups: ['karpenter.sh'], resources: ['nodepools'], verbs: ['list'] },
  { apiGroups: ['karpenter.k8s.aws'], resources: ['ec2nodeclasses'], verbs: ['list'] },
];

/** Whether the grant lets Karpenter's objects be listed. */
export const grantsKarpenter = ({ way, nextNode = false }: GrantScope): boolean => nextNode && way === 'api-server';

/** The objects of one way, with what the chosen controls and settings need beside it. */
export function grantedObjects(granting: GrantScope): GrantObjects {
  const { clusterRole, clusterRoleBinding } = grantObjects[granting.way];
  const rules = [
    ...clusterRole.rules,
    ...(granting.proxyHolders ? holderRules : []),
    ...(grantsKarpenter(granting) ? karpenterRules : []),
  ];
  return { clusterRole: { ...clusterRole, rules }, clusterRoleBinding };
}

/** What is granted: the way in which kubelets are read, and whether to see who holds nodes/proxy (control 4.1.10). */
export interface GrantScope {
  readonly way: GrantWay;
  readonly proxyHolders: boolean;
  /** Whether the audit has the setting `nextNode`. */
  readonly nextNode?: boolean;
}

/** Both objects have one name; the group is always the one that the access entry names. */
function granting(name: string, subresource: string) {
  const object = <Kind extends string>(kind: Kind) => ({ apiVersion, kind, metadata: { name } });
  const rules: readonly RbacRule[] = [
    { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list'] },
    { apiGroups: [''], resources: [subresource], verbs: ['get'] },
  ];
  return {
    clusterRole: { ...object('ClusterRole'), rules },
    clusterRoleBinding: {
      ...object('ClusterRoleBinding'),
      roleRef: { apiGroup, kind: 'ClusterRole', name },
      subjects: [{ apiGroup, kind: 'Group', name: kubernetesGroup }],
    },
  };
}

/** The way that the sources need: the narrow one where both are named; `undefined` where no source asks a running kubelet. */
export function grantWay(sources: readonly string[]): GrantWay | undefined {
  if (sources.includes('direct')) return 'direct';
  return sources.includes('configz') ? 'api-server' : undefined;
}

export const otherWay = (way: GrantWay): GrantWay => (way === 'direct' ? 'api-server' : 'direct');

/** Both objects as `kubectl apply -f` takes them; docs/rbac.yaml and docs/rbac-direct.yaml are these texts with a comment before them. */
export function rbacManifest(granting: GrantScope): string {
  const { clusterRole, clusterRoleBinding } = grantedObjects(granting);
  return [clusterRole, clusterRoleBinding].map(yamlOf).join('---\n');
}

/** Lists of words on one line. */
export function yamlOf(object: object): string {
  const document = new Document(object);
  visit(document, {
    Seq(_, list) {
      list.flow = list.items.every((each) => !('items' in Object(each)));
    },
  });
  return document.toString({ flowCollectionPadding: false, lineWidth: 0 });
}

/** An object as the API server stores it: of this version, of an older one, or somebody else's under the same name. */
export type StoredRbacObject = Readonly<Record<string, unknown>>;

/** Whether the stored object grants exactly what ours does. What the API server and others add to it (metadata) does not count. */
export const isAsWanted = (wanted: RbacObject, stored: StoredRbacObject): boolean =>
  canonical(substance({ ...wanted })) === canonical(substance(stored));

/** Kubernetes does not allow a binding's role to be changed; the binding must be deleted. */
export const leadsElsewhere = (wanted: RbacObject, stored: StoredRbacObject): boolean =>
  wanted.kind === 'ClusterRoleBinding' && canonical(stored['roleRef']) !== canonical(wanted.roleRef);

/** What to write in place of the stored object: our grant, its metadata, whose resourceVersion refuses a change in between. */
export const replacing = (wanted: RbacObject, stored: StoredRbacObject): StoredRbacObject => ({
  ...wanted,
  metadata: stored['metadata'] ?? wanted.metadata,
});

const substance = ({ apiVersion: _, kind: __, metadata: ___, ...rest }: StoredRbacObject): unknown => rest;

/** JSON with sorted names, so that equal data is equal text. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) =>
    each !== null && typeof each === 'object' && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(byText(([name]) => name)))
      : each,
  ) ?? '';
