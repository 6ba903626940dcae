import {
  type AccessEntry,
  type AssociatedAccessPolicy,
  CreateAccessEntryCommand,
  DeleteAccessEntryCommand,
  DescribeAccessEntryCommand,
  type EKSClient,
  paginateListAccessEntries,
  paginateListAssociatedAccessPolicies,
  UpdateAccessEntryCommand,
} from '@aws-sdk/client-eks';
import pMap from 'p-map';
import type { Cluster, ClusterArn, Place, Problem } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { printable } from '../../core/model/text/words.ts';
import type { IamPrincipal } from '../../core/read/rbac/access-policies.ts';
import type { IamPrincipals } from '../../flow/audit/ports.ts';
import type { AccessEntries } from '../../flow/grant/ports.ts';
import { attempted, awsErrorName, awsErrorText, callProblem, isAccessDenied, placeText } from '../aws-access.ts';

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

  const place = `${action} in cluster ${cluster.name}`;
  const refused = (error: unknown) =>
    callProblem(error, {
      action,
      place: arn,
      message: isAccessDenied(error) ? `these credentials lack ${place}` : `EKS refused ${place}`,
      forbidden: [
        'eks-forbidden',
        `allow ${action} for the cluster and its access entries to the principal of these credentials`,
      ],
      other: [
        'access-entry-refused',
        /invalid principal/.test(awsErrorText(error))
          ? 'the role is not there yet: deploy the member stack in this account first (docs/deploy.md), then grant again'
          : 'fix the problem that EKS names, then grant again',
      ],
    });
  return await attempted(() => call(client(arn)), refused);
}

/** Two calls an entry; EKS publishes no rates, and its client slows down when it is throttled. */
const concurrency = 5;
const ofEntry = 'eks:DescribeAccessEntry and eks:ListAssociatedAccessPolicies';
/** With more entries than this, the list counts as cut. */
const mostEntries = 5_000;

/** Access entries with their access policies (eks:ListAccessEntries, eks:DescribeAccessEntry, eks:ListAssociatedAccessPolicies). */
export const eksIamPrincipals = ({ client }: { readonly client: (place: Place) => EKSClient }): IamPrincipals => ({
  async principals(cluster, signal) {
    const { arn } = cluster;
    if (!arn) return { principals: [], problem: noCluster(cluster) };

    const eks = client(arn);
    const arns: string[] = [];
    try {
      const pages = paginateListAccessEntries(
        { client: eks, pageSize: 100 },
        { clusterName: arn.name },
        { abortSignal: signal },
      );
      for await (const { accessEntries } of pages) {
        arns.push(...(accessEntries ?? []));
        if (arns.length > mostEntries) return { principals: [], problem: tooMany(cluster) };
      }
    } catch (error) {
      return { principals: [], problem: refused(error, cluster, { action: 'eks:ListAccessEntries' }) };
    }

    const principals: IamPrincipal[] = [];
    let problem: Problem | undefined;
    await pMap(
      arns,
      async (principalArn) => {
        try {
          const found = await readEntry(eks, { clusterName: arn.name, principalArn }, signal);
          if (found) principals.push(found);
        } catch (error) {
          problem ??= refused(error, cluster, { action: ofEntry });
        }
      },
      { concurrency },
    );
    return { principals, ...(problem && { problem }) };
  },
});

/** The access entry of one principal, or why it is not known. Undefined where the cluster has no access entries (mode CONFIG_MAP). */
export type OwnAccessEntry = (
  cluster: Cluster,
  principalArn: string,
  signal: AbortSignal,
) => Promise<Result<IamPrincipal | undefined, Problem>>;

/** eks:DescribeAccessEntry, eks:ListAssociatedAccessPolicies. */
export const eksOwnAccessEntry =
  ({ client }: { readonly client: (place: Place) => EKSClient }): OwnAccessEntry =>
  async (cluster, principalArn, signal) => {
    if (!cluster.arn) return err(noCluster(cluster));
    try {
      const entry = await readEntry(client(cluster.arn), { clusterName: cluster.arn.name, principalArn }, signal);
      return entry ? ok(entry) : err(noEntry(cluster, principalArn));
    } catch (error) {
      if (awsErrorName(error) === 'InvalidRequestException' && /authentication mode/.test(awsErrorText(error)))
        return ok(undefined);
      return err(refused(error, cluster, { action: ofEntry, need: 'the source direct' }));
    }
  };

/** `undefined` when the entry left meanwhile. */
async function readEntry(
  client: EKSClient,
  entry: { readonly clusterName: string; readonly principalArn: string },
  signal: AbortSignal,
): Promise<IamPrincipal | undefined> {
  try {
    const command = new DescribeAccessEntryCommand(entry);
    const { accessEntry } = await client.send(command, { abortSignal: signal });
    const policies: AssociatedAccessPolicy[] = [];
    const pages = paginateListAssociatedAccessPolicies({ client, pageSize: 100 }, entry, { abortSignal: signal });
    for await (const page of pages) policies.push(...(page.associatedAccessPolicies ?? []));
    return toPrincipal(entry.principalArn, accessEntry ?? {}, policies);
  } catch (error) {
    if (awsErrorName(error) === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

const toPrincipal = (
  arn: string,
  { username = '', kubernetesGroups = [] }: AccessEntry,
  policies: readonly AssociatedAccessPolicy[],
): IamPrincipal => ({
  arn,
  username,
  groups: kubernetesGroups,
  from: 'access entry',
  policies: policies.map(({ policyArn = '', accessScope }) => ({
    name: /^arn:[\w-]+:eks::aws:cluster-access-policy\/(.+)$/.exec(policyArn)?.[1] ?? policyArn,
    scope: accessScope?.type === 'cluster' || accessScope?.type === 'namespace' ? accessScope.type : 'unknown',
  })),
});

/** `need` is who needs it. */
function refused(
  error: unknown,
  { arn, name }: Cluster,
  { action, need = 'control 4.1.10' }: { readonly action: string; readonly need?: string },
): Problem {
  const place = arn ?? { region: '' };
  return callProblem(error, {
    action,
    place,
    message: `not every principal that EKS lets into ${name} (${placeText(place)}) by access entries is known`,
    forbidden: [
      'access-entries-forbidden',
      `allow ${action} to this principal, which ${need} needs, or leave ${need} out`,
    ],
    other: ['access-entries-unreadable', 'run the audit again; the other verdicts are unharmed'],
  });
}

const noEntry = ({ name }: Cluster, principalArn: string): Problem => ({
  code: 'access-entry-unknown',
  message: `cluster ${name} lets ${printable(principalArn, 200)} in, and no access entry of that name was found, so its access policies are not known`,
  remedy: 'give this principal an access entry (eks-kubelet-audit grant CLUSTER --apply), or use a role without a path',
});

const noCluster = ({ name }: Cluster): Problem => ({
  code: 'access-entries-unreadable',
  message: `the principals that EKS lets into ${name} are not known, because its ARN is not known`,
  remedy: 'give the ARN of the cluster as CLUSTER',
});

const tooMany = ({ name }: Cluster): Problem => ({
  code: 'access-entries-unreadable',
  message: `cluster ${name} has more than ${mostEntries} access entries: they were not read`,
  remedy: 'delete the entries of principals that are gone, or leave control 4.1.10 out',
});
