import type { Instance, NodeGroup, Problem } from '../../model/model.ts';
import type { Result } from '../../model/result.ts';

/** By the name of an Auto Scaling group, the managed node group that EKS made it for; or why EKS did not say. */
export type ManagedGroupsAnswer = Result<ReadonlyMap<string, string>, Problem>;

/** Whether EKS has to be asked: a tag says that a machine is in a managed node group. */
export const claimsManagedGroup = (instances: readonly Instance[]): boolean =>
  instances.some(({ state, group }) => state !== 'terminated' && group?.kind === 'managed');

/**
 * The instance in the group that AWS confirms. It is managed only if EKS names its Auto Scaling group, whose tag only AWS can set; its other tags
 * don't count. Where EKS did not say, the tag's claim is kept and marked.
 */
export function withGroupByAws(instance: Instance, managed: ManagedGroupsAnswer): Instance {
  const { autoScalingGroup, group } = instance;
  const claims = group?.kind === 'managed';
  if (!managed.ok) return claims ? { ...instance, groupUnconfirmed: unconfirmed(managed.error) } : instance;

  const name = autoScalingGroup === undefined ? undefined : managed.value.get(autoScalingGroup);
  if (name !== undefined) return { ...instance, group: { kind: 'managed', name } };
  return claims ? { ...instance, group: otherGroup(autoScalingGroup) } : instance;
}

const otherGroup = (autoScalingGroup: string | undefined): NodeGroup =>
  autoScalingGroup === undefined
    ? { kind: 'self-managed', name: 'self-managed' }
    : { kind: 'auto-scaling-group', name: autoScalingGroup };

const unconfirmed = ({ code }: Problem): string =>
  `its tag says that it is of this managed node group, and EKS did not say so (${code})`;
