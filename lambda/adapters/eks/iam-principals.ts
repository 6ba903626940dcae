import {
  type AccessEntry,
  type AssociatedAccessPolicy,
  DescribeAccessEntryCommand,
  type EKSClient,
  paginateListAccessEntries,
  paginateListAssociatedAccessPolicies,
} from '@aws-sdk/client-eks';
import pMap from 'p-map';
import type { Cluster, Place, Problem } from '../../core/model/model.ts';
import type { IamPrincipal } from '../../core/read/rbac/iam-principal.ts';
import type { IamPrincipals } from '../../flow/audit/ports.ts';
import { accountProblem, awsErrorName, awsErrorText, isAccessDenied, placeText } from '../aws-access.ts';

/** Two calls an entry; EKS publishes no rates, and its client slows down when it is throttled. */
const concurrency = 5;
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
      return { principals: [], problem: refused(error, { cluster, action: 'eks:ListAccessEntries' }) };
    }

    const principals: IamPrincipal[] = [];
    let problem: Problem | undefined;
    await pMap(
      arns,
      async (principalArn) => {
        try {
          const found = await readEntry(eks, { clusterName: arn.name, principalArn, signal });
          if (found) principals.push(found);
        } catch (error) {
          problem ??= refused(error, {
            cluster,
            action: 'eks:DescribeAccessEntry and eks:ListAssociatedAccessPolicies',
          });
        }
      },
      { concurrency },
    );
    return { principals, ...(problem && { problem }) };
  },
});

interface ReadEntryOptions {
  readonly clusterName: string;
  readonly principalArn: string;
  readonly signal: AbortSignal;
}

/** `undefined` when the entry left meanwhile. */
async function readEntry(
  client: EKSClient,
  { clusterName, principalArn, signal }: ReadEntryOptions,
): Promise<IamPrincipal | undefined> {
  try {
    const command = new DescribeAccessEntryCommand({ clusterName, principalArn });
    const { accessEntry } = await client.send(command, { abortSignal: signal });
    const policies: AssociatedAccessPolicy[] = [];
    const pages = paginateListAssociatedAccessPolicies(
      { client, pageSize: 100 },
      { clusterName, principalArn },
      { abortSignal: signal },
    );
    for await (const page of pages) policies.push(...(page.associatedAccessPolicies ?? []));
    return toPrincipal(principalArn, accessEntry ?? {}, policies);
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

interface RefusedOptions {
  readonly cluster: Cluster;
  readonly action: string;
}

function refused(error: unknown, { cluster, action }: RefusedOptions): Problem {
  const where = cluster.arn ?? { region: '' };
  return (
    accountProblem(error, { action, place: where }) ?? {
      code: isAccessDenied(error) ? 'access-entries-forbidden' : 'access-entries-unreadable',
      message: `whom EKS lets into ${cluster.name} (${placeText(where)}) by access entries is not wholly known: ${awsErrorText(error)}`,
      remedy: isAccessDenied(error)
        ? `allow ${action} to this principal, which control 4.1.10 needs, or leave that control out`
        : 'run the audit again; the other verdicts are unharmed',
    }
  );
}

const noCluster = ({ name }: Cluster): Problem => ({
  code: 'access-entries-unreadable',
  message: `whom EKS lets into ${name} is not known: no ARN of it is known`,
  remedy: 'give the ARN of the cluster as CLUSTER',
});

const tooMany = ({ name }: Cluster): Problem => ({
  code: 'access-entries-unreadable',
  message: `cluster ${name} has more than ${mostEntries} access entries: they were not read`,
  remedy: 'delete the entries of principals that are gone, or leave control 4.1.10 out',
});
