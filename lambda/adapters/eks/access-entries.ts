import {
  CreateAccessEntryCommand,
  DeleteAccessEntryCommand,
  DescribeAccessEntryCommand,
  type EKSClient,
  UpdateAccessEntryCommand,
} from '@aws-sdk/client-eks';
import type { Cluster, ClusterArn, Problem } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import type { AccessEntries } from '../../flow/grant/ports.ts';
import { accountProblem, awsErrorName, awsErrorText, isAccessDenied } from '../aws-access.ts';

/**
 * Access entries of EKS clusters. Not part of the audit: its actions use the caller's own rights and are in none of our policies
 * (eks:DescribeAccessEntry, eks:CreateAccessEntry, eks:UpdateAccessEntry, eks:DeleteAccessEntry).
 */
export function eksAccessEntries({ client }: { readonly client: (place: ClusterArn) => EKSClient }): AccessEntries {
  return {
    find: (cluster, principalArn) =>
      attempt({ cluster, client, action: 'eks:DescribeAccessEntry' }, async (eks) => {
        const command = new DescribeAccessEntryCommand({ clusterName: cluster.name, principalArn });
        const answer = await absentWhenNotFound(() => eks.send(command));
        const { kubernetesGroups: groups = [], createdAt } = answer?.accessEntry ?? {};
        return answer && { groups, ...(createdAt && { createdAt }) };
      }),
    create: (cluster, { principalArn, groups }) =>
      attempt({ cluster, client, action: 'eks:CreateAccessEntry' }, async (eks) => {
        const input = { clusterName: cluster.name, principalArn, kubernetesGroups: [...groups], type: 'STANDARD' };
        await eks.send(new CreateAccessEntryCommand(input));
        return undefined;
      }),
    update: (cluster, { principalArn, groups }) =>
      attempt({ cluster, client, action: 'eks:UpdateAccessEntry' }, async (eks) => {
        const input = { clusterName: cluster.name, principalArn, kubernetesGroups: [...groups] };
        await eks.send(new UpdateAccessEntryCommand(input));
        return undefined;
      }),
    remove: (cluster, principalArn) =>
      attempt({ cluster, client, action: 'eks:DeleteAccessEntry' }, async (eks) => {
        await eks.send(new DeleteAccessEntryCommand({ clusterName: cluster.name, principalArn }));
        return undefined;
      }),
  };
}

/** The cluster was just described: what is not found is the entry. */
async function absentWhenNotFound<T>(send: () => Promise<T>): Promise<T | undefined> {
  try {
    return await send();
  } catch (error) {
    if (awsErrorName(error) === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

interface AttemptOptions {
  readonly cluster: Cluster;
  readonly action: string;
  readonly client: (place: ClusterArn) => EKSClient;
}

async function attempt<T>(
  { cluster, action, client }: AttemptOptions,
  call: (eks: EKSClient) => Promise<T>,
): Promise<Result<T, Problem>> {
  const { arn } = cluster;
  if (!arn) throw new Error(`cluster ${cluster.name} has no ARN: no access entries are asked for it`);

  try {
    return ok(await call(client(arn)));
  } catch (error) {
    const barred = accountProblem(error, { action, place: arn });
    if (barred) return err(barred);
    const said = awsErrorText(error);
    if (isAccessDenied(error))
      return err({
        code: 'eks-forbidden',
        message: `these credentials lack ${action} in cluster ${cluster.name}: ${said}`,
        remedy: `allow ${action} for the cluster and its access entries to the principal of these credentials`,
      });
    return err({
      code: 'access-entry-refused',
      message: `EKS refused ${action} in cluster ${cluster.name}: ${said}`,
      remedy: /invalid principal/.test(said)
        ? 'the role is not there yet: deploy the member stack in this account first (docs/deploy.md), then grant again'
        : 'fix the problem that EKS names, then grant again',
    });
  }
}
