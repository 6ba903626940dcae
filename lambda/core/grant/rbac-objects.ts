import { kubernetesGroup } from '../../contract/names.ts';
import { byText } from '../text/by-text.ts';

interface RbacRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

interface RbacMember {
  readonly apiGroup: string;
  readonly kind: string;
  readonly name: string;
}

interface Named {
  readonly apiVersion: 'rbac.authorization.k8s.io/v1';
  readonly metadata: { readonly name: string };
}

export type RbacObject =
  | (Named & { readonly kind: 'ClusterRole'; readonly rules: readonly RbacRule[] })
  | (Named & {
      readonly kind: 'ClusterRoleBinding';
      readonly roleRef: RbacMember;
      readonly subjects: readonly RbacMember[];
    });

const apiGroup = 'rbac.authorization.k8s.io';
const named: Named = { apiVersion: `${apiGroup}/v1`, metadata: { name: kubernetesGroup } };

/** The least that reads kubelets through the API server: there is no narrower right for configz on this road. */
export const clusterRole = {
  apiVersion: named.apiVersion,
  kind: 'ClusterRole',
  metadata: named.metadata,
  rules: [
    { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list'] },
    { apiGroups: [''], resources: ['nodes/proxy'], verbs: ['get'] },
  ],
} as const satisfies RbacObject;

export const clusterRoleBinding = {
  apiVersion: named.apiVersion,
  kind: 'ClusterRoleBinding',
  metadata: named.metadata,
  roleRef: { apiGroup, kind: 'ClusterRole', name: kubernetesGroup },
  subjects: [{ apiGroup, kind: 'Group', name: kubernetesGroup }],
} as const satisfies RbacObject;

/** An object as the API server stores it: ours, older, or somebody's own under our name. */
export type StoredRbacObject = Readonly<Record<string, unknown>>;

/** Whether the stored object grants exactly what ours does; what the API server and others wrote beside that (metadata) does not count. */
export const isAsWanted = (wanted: RbacObject, stored: StoredRbacObject): boolean =>
  canonical(substance({ ...wanted })) === canonical(substance(stored));

/** Kubernetes lets nobody change where a binding leads; only deleting it helps. */
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
