import { DescribeNodegroupCommand, type EKSClient, paginateListNodegroups } from '@aws-sdk/client-eks';
import pMap from 'p-map';
import type { Place } from '../../core/model/model.ts';
import { err, ok } from '../../core/model/result.ts';
import type { ManagedGroups } from '../../flow/audit/ports.ts';
import { accountProblem, awsErrorName, awsErrorText, isAccessDenied, placeText } from '../aws-access.ts';

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

    const eks = client(arn);
    const abort = { abortSignal: signal };
    try {
      const names: string[] = [];
      for await (const page of paginateListNodegroups({ client: eks, pageSize: 100 }, { clusterName: name }, abort))
        names.push(...(page.nodegroups ?? []));

      const found = await pMap(names, (nodegroupName) => groupsOf(eks, { clusterName: name, nodegroupName }, signal), {
        concurrency,
      });
      return ok(new Map(found.flat()));
    } catch (error) {
      const forbidden = isAccessDenied(error);
      return err(
        accountProblem(error, { action: 'eks:DescribeNodegroup', place: arn }) ?? {
          code: forbidden ? 'node-groups-forbidden' : 'node-groups-unreadable',
          message: `which Auto Scaling groups are managed node groups of ${name} (${placeText(arn)}) is not known, so that the tags of its machines are only claims: ${awsErrorText(error)}`,
          remedy: forbidden
            ? 'allow eks:ListNodegroups and eks:DescribeNodegroup to this principal (the member stack of this version does); until then no waiver that names a node group counts there'
            : 'run the audit again; until then no waiver that names a node group counts there',
        },
      );
    }
  },
});

/** Each Auto Scaling group with the name of its node group; none when the node group left meanwhile. */
async function groupsOf(
  client: EKSClient,
  asked: { readonly clusterName: string; readonly nodegroupName: string },
  signal: AbortSignal,
): Promise<readonly (readonly [autoScalingGroup: string, nodeGroup: string])[]> {
  try {
    const { nodegroup } = await client.send(new DescribeNodegroupCommand(asked), { abortSignal: signal });
    return (nodegroup?.resources?.autoScalingGroups ?? []).flatMap(({ name }) =>
      name === undefined ? [] : [[name, asked.nodegroupName] as const],
    );
  } catch (error) {
    if (awsErrorName(error) === 'ResourceNotFoundException') return [];
    throw error;
  }
}
