import type { InstanceInformation } from '@aws-sdk/client-ssm';
import type { ReadFailure } from '../../core/model/model.ts';
import { ok, type Result } from '../../core/model/result.ts';
import { systemOfPlatform } from '../../core/read/inventory/node-kind.ts';
import { noWayByPlatform } from './eligible-nodes.ts';
import { unreadable } from './failures.ts';
import { instanceInformation } from './instance-information.ts';
import type { SsmFault } from './ssm-call.ts';

/**
 * Which of these instances (at most 50) SSM can send a command to, and why not for the others. This is asked first, since one unmanaged id makes
 * SendCommand refuse all.
 */
export async function reachableInstances(
  asked: Parameters<typeof instanceInformation>[0],
  ids: readonly string[],
): Promise<Result<ReadonlyMap<string, ReachableInstance | ReadFailure>, SsmFault>> {
  const known = await instanceInformation(asked, { Key: 'InstanceIds', Values: [...ids] });
  if (!known.ok) return known;

  const byId = new Map(known.value.map((each) => [each.InstanceId, each]));
  return ok(new Map(ids.map((id) => [id, reachable(byId.get(id))])));
}

/** What its SSM agent reports of the machine. */
export interface ReachableInstance {
  readonly system?: ReturnType<typeof systemOfPlatform>;
}

export const isReachable = (each: ReachableInstance | ReadFailure | undefined): each is ReachableInstance =>
  each !== undefined && !('because' in each);

function reachable(known: InstanceInformation | undefined): ReachableInstance | ReadFailure {
  if (!known) {
    return unreadable(
      'SSM does not manage this instance: attach AmazonSSMManagedInstanceCore to its role, run the SSM agent, and let it reach the ssm, ssmmessages and ec2messages endpoints',
    );
  }

  const noWay = noWayByPlatform(known.PlatformType);
  if (noWay) return noWay;

  if (known.PingStatus !== 'Online') {
    return unreadable(
      `SSM lost the connection to this instance (${known.PingStatus ?? 'no ping status'}): check that it runs, and its SSM agent`,
    );
  }
  const { PlatformName: name, PlatformVersion: version } = known;
  return name && version ? { system: systemOfPlatform(name, version) } : {};
}
