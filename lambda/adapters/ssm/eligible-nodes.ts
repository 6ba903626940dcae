import type { ClusterNode, ReadFailure } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { notTried } from './failures.ts';
import { admittedMachines } from './status-details.ts';

/**
 * The instance to ask for a node, or why SSM has no way to it. Only machines that AWS confirms are ever sent a command.
 *
 * @param byMemberRole whether the audit's own role asks, which IAM lets send to tagged machines only
 */
export function instanceToAsk(node: ClusterNode, byMemberRole: boolean): Result<string, ReadFailure> {
  const because = node.distrust ?? noWay[node.kind];
  if (because) return err(notTried(because));
  if (node.machine.status !== 'confirmed') return err(notTried(node.machine.because));
  if (byMemberRole && node.notAdmitted)
    return err(notTried(`its machine has no tag that names its cluster: ${admittedMachines}`));

  return ok(node.machine.instanceId);
}

const windows = 'the probe is a POSIX shell script: Windows nodes are not read over SSM';

const noWay: Partial<Readonly<Record<ClusterNode['kind'], string>>> = {
  windows,
  'auto-mode': 'AWS allows no SSM on EKS Auto Mode nodes',
  fargate: 'Fargate runs no SSM agent',
};

/** The same by what SSM knows of the instance (DescribeInstanceInformation). */
export function noWayByPlatform(platform: string | undefined): ReadFailure | undefined {
  if (platform === 'Windows') return notTried(windows);
  if (platform !== undefined && platform !== 'Linux')
    return notTried(`the probe is for Linux, and SSM knows this instance as ${platform}`);
  return undefined;
}
