import type { HeldRight } from '../model.ts';

/**
 * The subjects that reach `nodes/proxy` in every cluster because Kubernetes or EKS gives it to them: by name, one by one. Labels and prefixes tell nothing:
 * whoever may write RBAC objects can set `kubernetes.io/bootstrapping: rbac-defaults`, or bind a user called `eks:anything`.
 *
 * Kubernetes: plugin/pkg/auth/authorizer/rbac/bootstrappolicy/{policy,controller_policy}.go of 1.34. The two controllers get and delete every resource;
 * those that only list and watch (resource-quota, kube-controller-manager) are none. EKS: "Amazon EKS add-ons" in its user guide names
 * the binding `eks:addon-cluster-admin` of `cluster-admin` to `eks:addon-manager`.
 */
const systemSubjects: readonly Pick<HeldRight, 'kind' | 'name'>[] = [
  // Kubernetes: its API server lets this group do everything.
  { kind: 'Group', name: 'system:masters' },
  // Kubernetes: the controller that empties deleted namespaces.
  { kind: 'ServiceAccount', name: 'kube-system/namespace-controller' },
  // Kubernetes: the controller that deletes what has no owner.
  { kind: 'ServiceAccount', name: 'kube-system/generic-garbage-collector' },
  // EKS: what installs add-ons.
  { kind: 'User', name: 'eks:addon-manager' },
];

/** The group that the API server lets do everything, bound or not. */
export const mastersGroup = 'system:masters';

export const isSystemSubject = ({ kind, name }: Pick<HeldRight, 'kind' | 'name'>): boolean =>
  systemSubjects.some((each) => each.kind === kind && each.name === name);
