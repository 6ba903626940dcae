import { type InstanceInformation, paginateDescribeInstanceInformation, type SSMClient } from '@aws-sdk/client-ssm';
import type { ReadFailure } from '../../core/model.ts';
import { ok, type Result } from '../../core/result.ts';
import { noWayByPlatform } from './eligible-nodes.ts';
import { unreadable } from './failures.ts';
import { type SsmFault, ssmCall } from './ssm-call.ts';

/**
 * Which of these instances (at most 50) SSM can send a command to: for each of the others, why not.
 * Asked first, since one unmanaged id makes SendCommand refuse all.
 */
export async function reachableInstances(
  client: SSMClient,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Result<ReadonlyMap<string, 'reachable' | ReadFailure>, SsmFault>> {
  const known = await ssmCall('ssm:DescribeInstanceInformation', () => describe(client, ids, signal));
  if (!known.ok) return known;

  return ok(new Map(ids.map((id) => [id, reachable(known.value.get(id))])));
}

async function describe(
  client: SSMClient,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, InstanceInformation>> {
  const filters = { Filters: [{ Key: 'InstanceIds', Values: [...ids] }] };
  const found = new Map<string, InstanceInformation>();
  for await (const page of paginateDescribeInstanceInformation({ client, pageSize: 50 }, filters, {
    abortSignal: signal,
  })) {
    for (const each of page.InstanceInformationList ?? []) if (each.InstanceId) found.set(each.InstanceId, each);
  }
  return found;
}

function reachable(known: InstanceInformation | undefined): 'reachable' | ReadFailure {
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
  return 'reachable';
}
