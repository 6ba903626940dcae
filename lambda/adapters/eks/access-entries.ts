import {
  CreateAccessEntryCommand,
  DescribeAccessEntryCommand,
  type EKSClient,
  UpdateAccessEntryCommand,
} from '@aws-sdk/client-eks';
import type { Cluster, Problem } from '../../core/model.ts';
import type { AccessEntries } from '../../core/ports.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { awsErrorName, awsErrorText, isAccessDenied } from '../aws-access.ts';

/**
 * Access entries of EKS clusters. Not part of the audit: its actions are the caller's own and stand in no policy of ours
 * (eks:DescribeAccessEntry, eks:CreateAccessEntry, eks:UpdateAccessEntry).
 */
export function eksAccessEntries(client: EKSClient): AccessEntries {
  return {
    groups: (cluster, principalArn) =>
      attempt({ cluster, action: 'eks:DescribeAccessEntry' }, async () => {
        const command = new DescribeAccessEntryCommand({ clusterName: cluster.name, principalArn });
        const answer = await absentWhenNotFound(() => client.send(command));
        return answer && (answer.accessEntry?.kubernetesGroups ?? []);
      }),
    create: (cluster, { principalArn, groups }) =>
      attempt({ cluster, action: 'eks:CreateAccessEntry' }, async () => {
        const input = { clusterName: cluster.name, principalArn, kubernetesGroups: [...groups], type: 'STANDARD' };
        await client.send(new CreateAccessEntryCommand(input));
        return undefined;
      }),
    update: (cluster, { principalArn, groups }) =>
      attempt({ cluster, action: 'eks:UpdateAccessEntry' }, async () => {
        const input = { clusterName: cluster.name, principalArn, kubernetesGroups: [...groups] };
        await client.send(new UpdateAccessEntryCommand(input));
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

interface Asked {
  readonly cluster: Cluster;
  readonly action: string;
}

async function attempt<T>({ cluster, action }: Asked, call: () => Promise<T>): Promise<Result<T, Problem>> {
  try {
    return ok(await call());
  } catch (error) {
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
      remedy: 'fix what EKS names, then grant again',
    });
  }
}
