import { kubernetesGroup } from '../../contract/names.ts';
import {
  type GrantPlan,
  type GrantStep,
  type GrantTarget,
  type GrantTargetOptions,
  grantTarget,
  type ObjectState,
  standingOfEntry,
  standingOfObject,
} from '../../core/fix/grant/grant-plan.ts';
import {
  grantedObjects,
  grantObjects,
  otherWay,
  type RbacObject,
  type StoredRbacObject,
} from '../../core/fix/grant/rbac-objects.ts';
import type { Cluster, Problem } from '../../core/model/model.ts';
import { OperatorError } from '../../core/model/operator-error.ts';
import type { Result } from '../../core/model/result.ts';
import type { GrantPorts } from './ports.ts';

export interface GrantOptions extends GrantTargetOptions {
  readonly signal: AbortSignal;
}

/**
 * What the role would need in the cluster, and which parts are there. Changes nothing.
 * @throws OperatorError when the role does not fit this cluster
 */
export async function planFor(
  ports: Pick<GrantPorts, 'accessEntries' | 'roles' | 'rbacObjects'>,
  described: Cluster,
  { signal, ...options }: GrantOptions,
): Promise<GrantPlan> {
  const target = grantTarget(described, options);
  const { cluster, roleArn, way } = target;
  const { clusterRole, clusterRoleBinding } = grantedObjects(target);

  const byEntry = target.by === 'access-entry';
  const [entry, iamRole, role, binding, other] = await Promise.all([
    byEntry ? ports.accessEntries.find(cluster, roleArn) : undefined,
    byEntry ? ports.roles.createdAt(cluster, roleArn) : undefined,
    ports.rbacObjects.find(cluster, clusterRole, signal),
    ports.rbacObjects.find(cluster, clusterRoleBinding, signal),
    ports.rbacObjects.find(cluster, grantObjects[otherWay(way)].clusterRoleBinding, signal),
  ]);
  return {
    target,
    ...(entry && { entry: standingOfEntry(entry, iamRole?.ok ? iamRole.value : undefined) }),
    clusterRole: standingOfObject(clusterRole, role),
    clusterRoleBinding: standingOfObject(clusterRoleBinding, binding),
    otherBinding: other.ok ? (other.value === undefined ? 'missing' : 'there') : other.error,
  };
}

/**
 * Does what is missing, each part reported; the access entry and the RBAC objects do not wait for each other. Nothing that is as wanted is touched, and
 * the binding of the other way only when asked.
 */
export async function applyGrant(
  ports: Pick<GrantPorts, 'accessEntries' | 'rbacObjects'>,
  plan: GrantPlan,
  { revokeOther, signal }: { readonly revokeOther: boolean; readonly signal: AbortSignal },
): Promise<readonly GrantStep[]> {
  if (!plan.entry) throw new OperatorError('config-map-only', configMapOnly(plan.target));

  const { accessEntries, rbacObjects } = ports;
  const { cluster, roleArn: principalArn } = plan.target;
  const { clusterRole, clusterRoleBinding } = grantedObjects(plan.target);
  const object = (wanted: RbacObject, standing: ObjectState<StoredRbacObject>): Promise<GrantStep> =>
    apply(wanted.kind, standing, {
      create: () => rbacObjects.create(cluster, wanted, signal),
      change: (stored) => rbacObjects.replace(cluster, { wanted, stored }, signal),
    });

  const entry =
    plan.entry.status === 'outlived'
      ? await recreateEntry(accessEntries, plan.target, plan.entry.found)
      : await apply('access entry', plan.entry, {
          create: () => accessEntries.create(cluster, { principalArn, groups: [kubernetesGroup] }),
          change: (groups) => accessEntries.update(cluster, { principalArn, groups: [...groups, kubernetesGroup] }),
        });
  const role = await object(clusterRole, plan.clusterRole);
  const notTried = { status: 'not-tried', because: 'without its ClusterRole it binds nothing' } as const;
  const binding: GrantStep =
    role.outcome.status === 'failed'
      ? { what: 'ClusterRoleBinding', outcome: notTried }
      : await object(clusterRoleBinding, plan.clusterRoleBinding);
  const other = revokeOther ? [await removeOther(rbacObjects, plan, { granted: binding, signal })] : [];
  return [entry, role, binding, ...other];
}

/** The entry of a role that is gone lets nobody in: it is made again for the role of that name, with the groups that it had. */
async function recreateEntry(
  accessEntries: GrantPorts['accessEntries'],
  { cluster, roleArn: principalArn }: GrantTarget,
  groups: readonly string[],
): Promise<GrantStep> {
  const removed = await accessEntries.remove(cluster, principalArn);
  const made = removed.ok
    ? await accessEntries.create(cluster, { principalArn, groups: [...new Set([...groups, kubernetesGroup])] })
    : removed;
  return step('access entry', 'recreated', made);
}

/** Only once the wanted way is there: an audit that can read nothing is not what was asked for. */
async function removeOther(
  rbacObjects: GrantPorts['rbacObjects'],
  { target: { cluster, way }, otherBinding }: GrantPlan,
  { granted, signal }: { readonly granted: GrantStep; readonly signal: AbortSignal },
): Promise<GrantStep> {
  const what = 'binding of the other way';
  if (otherBinding === 'missing') return { what, outcome: { status: 'already-gone' } };
  if (otherBinding !== 'there') return { what, outcome: { status: 'failed', problem: otherBinding } };
  if (granted.outcome.status === 'failed' || granted.outcome.status === 'not-tried')
    return { what, outcome: { status: 'not-tried', because: 'this way is not granted yet' } };

  const removed = await rbacObjects.remove(cluster, grantObjects[otherWay(way)].clusterRoleBinding, signal);
  return { what, outcome: removed.ok ? { status: 'removed' } : { status: 'failed', problem: removed.error } };
}

type Done = Promise<Result<undefined, Problem>>;

async function apply<Found>(
  what: GrantStep['what'],
  standing: ObjectState<Found>,
  means: { readonly create: () => Done; readonly change: (found: Found) => Done },
): Promise<GrantStep> {
  switch (standing.status) {
    case 'there':
      return { what, outcome: { status: 'already-there' } };
    case 'blocked':
      return { what, outcome: { status: 'failed', problem: standing.problem } };
    case 'missing':
      return step(what, 'created', await means.create());
    case 'differs':
      return step(what, 'changed', await means.change(standing.found));
  }
}

const step = (
  what: GrantStep['what'],
  status: 'created' | 'changed' | 'recreated',
  result: Result<undefined, Problem>,
): GrantStep => ({ what, outcome: result.ok ? { status } : { status: 'failed', problem: result.error } });

const configMapOnly = ({ cluster }: GrantTarget): string =>
  `nothing was changed: cluster '${cluster.name}' knows its callers by the ConfigMap aws-auth (authentication mode ${cluster.authenticationMode ?? 'CONFIG_MAP'}), which is never edited here, since a broken one locks every node out; run the printed commands yourself, or allow access entries as well and grant again`;
