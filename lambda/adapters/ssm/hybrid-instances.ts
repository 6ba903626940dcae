import { type InstanceInformation, paginateDescribeInstanceInformation, type SSMClient } from '@aws-sdk/client-ssm';
import type { Instance } from '../../core/model.ts';
import type { InstanceDirectory } from '../../core/ports.ts';
import { err, ok } from '../../core/result.ts';
import { problemOf, ssmCall } from './ssm-call.ts';

/**
 * The hybrid nodes of a cluster that SSM manages: `mi-…` ids with the tag that their activation carries, EKSClusterARN.
 * Nodes with IAM Roles Anywhere are not in SSM by themselves, so they are not here. Nobody is asked about a cluster that AWS does not
 * call hybrid (no remote node networks), or whose ARN is not known: missing SSM rights must not cost other clusters their inventory.
 */
export function hybridInstances({ client }: { readonly client: SSMClient }): InstanceDirectory {
  return {
    async instances({ arn, compute }, signal) {
      if (!arn || !compute.hybrid) return ok([]);

      // A tag filter cannot be combined with others: ids are told apart here.
      const filters = { Filters: [{ Key: 'tag:EKSClusterARN', Values: [arn.arn] }] };
      const found = await ssmCall('ssm:DescribeInstanceInformation', async () => {
        const known: InstanceInformation[] = [];
        for await (const page of paginateDescribeInstanceInformation({ client, pageSize: 50 }, filters, {
          abortSignal: signal,
        }))
          known.push(...(page.InstanceInformationList ?? []));
        return known;
      });
      return found.ok ? ok(found.value.flatMap(toInstance)) : err(problemOf(found.error, '*'));
    },
  };
}

function toInstance({
  InstanceId: id,
  PlatformType: platform,
  ComputerName: name,
}: InstanceInformation): readonly Instance[] {
  if (!id?.startsWith('mi-')) return [];
  return [
    {
      id,
      state: 'running',
      group: { kind: 'hybrid', name: 'hybrid' },
      platform: platform === 'Windows' ? 'windows' : 'linux',
      ...(name && { privateDnsName: name }),
    },
  ];
}
