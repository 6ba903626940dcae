import {
  type InstanceInformation,
  type InstanceInformationStringFilter,
  paginateDescribeInstanceInformation,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { hybridClusterTag } from '../../contract/names.ts';
import type { ClusterNode, Instance, Place, ReadFailure } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { hybridGroup } from '../../core/read/inventory/inventory.ts';
import { systemOfPlatform } from '../../core/read/inventory/node-kind.ts';
import type { InstanceDirectory, InstanceLookup } from '../../flow/audit/ports.ts';
import type { Clock } from '../../flow/ports.ts';
import { notTried, unreadable } from './document-problem.ts';
import { type SsmFault, ssmCall, ssmProblem } from './ssm-call.ts';
import type { SsmPaces } from './ssm-pace.ts';
import { admittedMachines } from './status-details.ts';

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
function noWayByPlatform(platform: string | undefined): ReadFailure | undefined {
  if (platform === 'Windows') return notTried(windows);
  if (platform !== undefined && platform !== 'Linux')
    return notTried(`the probe is for Linux, and SSM knows this instance as ${platform}`);
  return undefined;
}

interface InstanceInformationOptions {
  readonly client: SSMClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly paces?: SsmPaces;
}

/** What SSM knows of the instances that one filter admits, all pages. A tag filter cannot be combined with others. */
const instanceInformation = (
  options: InstanceInformationOptions,
  filter: InstanceInformationStringFilter,
): Promise<Result<readonly InstanceInformation[], SsmFault>> =>
  ssmCall('ssm:DescribeInstanceInformation', () => allPages(options, filter), options);

async function allPages({ client, signal }: InstanceInformationOptions, filter: InstanceInformationStringFilter) {
  const known: InstanceInformation[] = [];
  const pages = paginateDescribeInstanceInformation(
    { client, pageSize: 50 },
    { Filters: [filter] },
    { abortSignal: signal },
  );
  for await (const page of pages) known.push(...(page.InstanceInformationList ?? []));
  return known;
}

interface HybridOptions {
  readonly client: (place: Place) => SSMClient;
  readonly clock: Clock;
}

/**
 * The hybrid nodes of a cluster that SSM manages: `mi-…` ids with the tag that their activation carries, EKSClusterARN. Nodes with IAM Roles Anywhere
 * are not in SSM by default, so they are not here. SSM is not asked about a cluster that AWS does not call hybrid (no remote node networks), or whose
 * ARN is unknown. Missing SSM rights must not cost other clusters their inventory.
 */
export function hybridInstances({ client, clock }: HybridOptions): InstanceDirectory {
  return {
    async instances({ arn, compute }, signal) {
      if (!arn || !compute.hybrid) return ok([]);

      const found = await instanceInformation(
        { client: client(arn), clock, signal },
        { Key: `tag:${hybridClusterTag}`, Values: [arn.arn] },
      );
      return found.ok ? ok(found.value.flatMap(toInstance)) : err(ssmProblem(found.error, '*'));
    },
  };
}

/** SSM takes so many ids in one filter. */
const mostIds = 100;

/** Single machines: those that SSM manages (`mi-…`), of which EC2 knows nothing, and whatever `ec2` finds. */
export function withHybridLookup(ec2: InstanceLookup, { client, clock }: HybridOptions): InstanceLookup {
  return {
    async find(cluster, { ids = [], ...wanted }, signal) {
      const { arn } = cluster;
      const hybrid = ids.filter((each) => each.startsWith('mi-'));
      const found = await ec2.find(cluster, { ...wanted, ids: ids.filter((each) => !hybrid.includes(each)) }, signal);
      if (!found.ok || !arn) return found;

      const all = [...found.value];
      for (let from = 0; from < hybrid.length; from += mostIds) {
        const Values = hybrid.slice(from, from + mostIds);
        const known = await instanceInformation({ client: client(arn), clock, signal }, { Key: 'InstanceIds', Values });
        if (!known.ok) return err(ssmProblem(known.error, '*'));
        all.push(...known.value.flatMap(toInstance));
      }
      return ok(all);
    },
  };
}

function toInstance({
  InstanceId: id,
  PlatformType: platform,
  ComputerName: name,
  RegistrationDate: registeredAt,
}: InstanceInformation): readonly Instance[] {
  if (!id?.startsWith('mi-')) return [];
  return [
    {
      id,
      state: 'running',
      ...(registeredAt && { launchedAt: registeredAt.toISOString() }),
      group: hybridGroup,
      platform: platform === 'Windows' ? 'windows' : 'linux',
      ...(name && { privateDnsName: name }),
    },
  ];
}
