import { DescribeNodegroupCommand, type EKSClient, type Nodegroup, paginateListNodegroups } from '@aws-sdk/client-eks';
import pMap from 'p-map';
import type { Place } from '../../core/model/model.ts';
import { err } from '../../core/model/result.ts';
import type { ManagedGroups } from '../../flow/audit/ports.ts';
import { attempted, awsErrorName, placeText } from '../aws-access.ts';

/** EKS publishes no rates, and its client slows down when it is throttled. */
const concurrency = 5;

/** The Auto Scaling groups of a cluster's managed node groups (eks:ListNodegroups, and eks:DescribeNodegroup for each). */
export const eksManagedGroups = ({ client }: { readonly client: (place: Place) => EKSClient }): ManagedGroups => ({
  async autoScalingGroups({ name, arn }, signal) {
    if (!arn)
      return err({
        code: 'node-groups-unreadable',
        message: `which Auto Scaling groups are managed node groups of ${name} is not known: no ARN of it is known`,
        remedy: 'name the cluster by its ARN',
      });

    const call = async () => new Map((await managedNodeGroups(client(arn), name, signal)).flatMap(groupsOf));
    const then = 'until then no waiver that names a node group counts there';
    return await attempted(call, {
      action: 'eks:DescribeNodegroup',
      place: arn,
      message: `which Auto Scaling groups are managed node groups of ${name} (${placeText(arn)}) is not known, so that the tags of its machines are only claims`,
      forbidden: [
        'node-groups-forbidden',
        `allow eks:ListNodegroups and eks:DescribeNodegroup to this principal (the member stack of this version does); ${then}`,
      ],
      other: ['node-groups-unreadable', `run the audit again; ${then}`],
    });
  },
});

/**
 * Every managed node group of a cluster, as EKS describes it; without those that left meanwhile.
 * @throws errors of eks:ListNodegroups and eks:DescribeNodegroup
 */
export async function managedNodeGroups(
  client: EKSClient,
  clusterName: string,
  signal: AbortSignal,
): Promise<readonly Nodegroup[]> {
  const names: string[] = [];
  const pages = paginateListNodegroups({ client, pageSize: 100 }, { clusterName }, { abortSignal: signal });
  for await (const page of pages) names.push(...(page.nodegroups ?? []));

  const found = await pMap(names, (nodegroupName) => described(client, { clusterName, nodegroupName }, signal), {
    concurrency,
  });
  return found.flat();
}

async function described(
  client: EKSClient,
  asked: { readonly clusterName: string; readonly nodegroupName: string },
  signal: AbortSignal,
): Promise<readonly Nodegroup[]> {
  try {
    const { nodegroup } = await client.send(new DescribeNodegroupCommand(asked), { abortSignal: signal });
    return nodegroup ? [{ ...nodegroup, nodegroupName: asked.nodegroupName }] : [];
  } catch (error) {
    if (awsErrorName(error) === 'ResourceNotFoundException') return [];
    throw error;
  }
}

/** Each Auto Scaling group with the name of its node group. */
const groupsOf = ({ nodegroupName = '', resources }: Nodegroup) =>
  (resources?.autoScalingGroups ?? []).flatMap(({ name }) =>
    name === undefined ? [] : [[name, nodegroupName] as const],
  );
