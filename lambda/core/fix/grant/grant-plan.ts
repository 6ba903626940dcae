import { kubernetesGroup } from '../../../contract/names.ts';
import type { Cluster, ClusterArn, Problem } from '../../model/model.ts';
import { OperatorError } from '../../model/operator-error.ts';
import type { Result } from '../../model/result.ts';
import { parseRoleArn, roleArn as roleArnOf } from '../../model/role-arn.ts';
import { printable } from '../../model/text/words.ts';
import type { Discovery } from '../../run/discovery.ts';
import { type GrantScope, isAsWanted, leadsElsewhere, type RbacObject, type StoredRbacObject } from './rbac-objects.ts';

/** Which principal gets the audit's rights in which cluster, and how the cluster knows its callers. */
export interface GrantTarget extends GrantScope {
  readonly cluster: Cluster;
  readonly arn: ClusterArn;
  readonly roleArn: string;
  /** `aws-auth` is only ever printed: one broken line there locks every node out of the cluster. */
  readonly by: 'access-entry' | 'aws-auth';
}

/** What is there already of one thing that the audit needs. `blocked`: it cannot be looked at or fixed from here. */
export type ObjectState<Found> =
  | { readonly status: 'there' }
  | { readonly status: 'missing' }
  | { readonly status: 'differs'; readonly found: Found }
  | { readonly status: 'blocked'; readonly problem: Problem };

/** An access entry, as EKS has it. */
export interface FoundEntry {
  readonly groups: readonly string[];
  readonly createdAt?: Date;
}

/** `outlived`: the role was deleted and made again after its entry, which lets in the old one only. `found` are the groups that it has. */
export type EntryStanding =
  | ObjectState<readonly string[]>
  | { readonly status: 'outlived'; readonly found: readonly string[] };

export interface GrantPlan {
  readonly target: GrantTarget;
  /** Its groups, without those of this program. Absent in a cluster that has no access entries. */
  readonly entry?: EntryStanding;
  readonly clusterRole: ObjectState<StoredRbacObject>;
  readonly clusterRoleBinding: ObjectState<StoredRbacObject>;
  /** The binding of the other way, which blocks this one where this one is `direct`. */
  readonly otherBinding: 'there' | 'missing' | Problem;
}

/** What became of one part of the plan. */
export interface GrantStep {
  readonly what: 'access entry' | RbacObject['kind'] | 'binding of the other way';
  readonly outcome:
    | { readonly status: 'removed' | 'already-gone' | 'already-there' | 'created' | 'changed' | 'recreated' }
    | { readonly status: 'not-tried'; readonly because: string }
    | { readonly status: 'failed'; readonly problem: Problem };
}

export interface GrantTargetOptions extends GrantScope {
  readonly roleArn: string | undefined;
  /** The role's name when no ARN is given. */
  readonly roleName: string;
}

/**
 * The role is that of the cluster's own account, under the name that the stack gives it, unless another is named.
 * @throws OperatorError `cluster-without-arn`, `role-of-another-partition` or `role-with-path`
 */
export function grantTarget(
  cluster: Cluster,
  { roleArn, roleName, way, proxyHolders, nextNode = false }: GrantTargetOptions,
): GrantTarget {
  const { arn, authenticationMode = 'CONFIG_MAP' } = cluster;
  if (!arn) throw new OperatorError('cluster-without-arn', `cluster '${cluster.name}' is no EKS cluster`);

  const role = roleArn ?? roleArnOf(arn, roleName);
  const parsed = parseRoleArn(role);
  if (parsed?.partition !== arn.partition)
    throw new OperatorError(
      'role-of-another-partition',
      `'${role}' is no role of partition ${arn.partition}, where cluster '${arn.name}' is; give --role-arn arn:${arn.partition}:iam::ACCOUNT:role/NAME`,
    );

  const by = authenticationMode === 'API' || authenticationMode === 'API_AND_CONFIG_MAP' ? 'access-entry' : 'aws-auth';
  if (by === 'aws-auth' && parsed.path !== '/')
    throw new OperatorError(
      'role-with-path',
      `aws-auth, by which cluster '${arn.name}' knows its callers, takes no role with a path, and '${role}' has '${parsed.path}'; give a role without one with --role-arn`,
    );
  return { cluster, arn, roleArn: role, by, way, proxyHolders, ...(nextNode && { nextNode }) };
}

/**
 * The principal's entry, `undefined` when it has none → which of the groups that `grant` makes are there, and whether it is of the role that is there now.
 *
 * @param roleCreatedAt absent where that is not known
 */
export function standingOfEntry(
  found: Result<FoundEntry | undefined, Problem>,
  roleCreatedAt: Date | undefined,
): EntryStanding {
  if (!found.ok) return { status: 'blocked', problem: found.error };
  if (found.value === undefined) return { status: 'missing' };

  const { groups, createdAt } = found.value;
  // EKS makes no entry for a role that is not there.
  if (createdAt && roleCreatedAt && roleCreatedAt > createdAt) return { status: 'outlived', found: groups };
  return groups.includes(kubernetesGroup) ? { status: 'there' } : { status: 'differs', found: groups };
}

export function standingOfObject(
  wanted: RbacObject,
  found: Result<StoredRbacObject | undefined, Problem>,
): ObjectState<StoredRbacObject> {
  if (!found.ok) return { status: 'blocked', problem: found.error };
  if (found.value === undefined) return { status: 'missing' };
  if (leadsElsewhere(wanted, found.value)) return { status: 'blocked', problem: elsewhere(wanted, found.value) };
  return isAsWanted(wanted, found.value) ? { status: 'there' } : { status: 'differs', found: found.value };
}

const elsewhere = ({ kind, metadata: { name } }: RbacObject, stored: StoredRbacObject): Problem => ({
  code: 'binding-leads-elsewhere',
  message: `${kind} ${name} binds to ${printable(JSON.stringify(stored['roleRef']), 160)}, not to ClusterRole ${name}, and Kubernetes lets nobody change that`,
  remedy: `see whose it is, delete it (kubectl delete clusterrolebinding ${name}), then grant again`,
});

/** What every cluster of every account needs, and what of it is there; what could not be looked at is a gap. */
export interface OrganizationGrant extends Pick<Discovery, 'accounts' | 'regions' | 'gaps' | 'skipped'> {
  /** In the order of account, Region and name. */
  readonly plans: readonly GrantPlan[];
}

/** What became of one cluster's plan. */
export interface ClusterGranted {
  readonly plan: GrantPlan;
  readonly steps: readonly GrantStep[];
}

/**
 * `by-hand`: the cluster knows its callers by aws-auth, which is only printed. `unknown`: a part could not be looked at, or something blocks it. What
 * can be done of the rest is still done.
 */
export type GrantState = 'granted' | 'to-do' | 'by-hand' | 'unknown';

export function stateOf({ entry, clusterRole, clusterRoleBinding }: GrantPlan): GrantState {
  if (!entry) return 'by-hand';

  const standings = [entry.status, clusterRole.status, clusterRoleBinding.status];
  if (standings.includes('blocked')) return 'unknown';
  return standings.every((each) => each === 'there') ? 'granted' : 'to-do';
}

/** Whether this cluster has changes to make, or at least to try. */
export const isToApply = (plan: GrantPlan, { revokeOther }: { readonly revokeOther: boolean }): boolean =>
  ['to-do', 'unknown'].includes(stateOf(plan)) ||
  (revokeOther && stateOf(plan) === 'granted' && plan.otherBinding !== 'missing');

export const hasFailed = ({ steps }: ClusterGranted): boolean =>
  steps.some(({ outcome }) => outcome.status === 'failed' || outcome.status === 'not-tried');

export const hasChanged = ({ steps }: ClusterGranted): boolean =>
  steps.some(({ outcome }) => ['created', 'changed', 'recreated', 'removed'].includes(outcome.status));
