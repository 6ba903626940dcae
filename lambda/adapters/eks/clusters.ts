import {
  DescribeClusterCommand,
  type EKSClient,
  type Cluster as EksCluster,
  ListFargateProfilesCommand,
  paginateListClusters,
} from '@aws-sdk/client-eks';
import { parseClusterArn } from '../../core/cluster-arn.ts';
import type { Cluster, Problem } from '../../core/model.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { ClusterDirectory } from '../../core/ports.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { awsErrorText, isAccessDenied, isBadCredentials } from '../aws-access.ts';
import { caFingerprints } from './ca-fingerprints.ts';

interface Regional {
  readonly region: string;
  readonly client: EKSClient;
}

/**
 * The EKS clusters of the given Regions of one account: all pages of ListClusters, one DescribeCluster a cluster.
 * A cluster that cannot be described is a problem beside the others. A named cluster that is in none of the Regions is a problem too.
 */
export function eksClusters(regions: readonly Regional[]): ClusterDirectory {
  return {
    async *clusters(names) {
      const found = new Set<string>();

      for (const regional of regions) {
        const listed = await listClusters(regional);
        if (!listed.ok) yield listed;
        if (!listed.ok) continue;

        for (const name of listed.value) {
          const wanted = names.filter((each) => isCalled(each, { name, region: regional.region }));
          for (const each of wanted) found.add(each);
          if (names.length > 0 && wanted.length === 0) continue;
          for await (const each of described(regional, name)) yield* each.ok ? meant(each.value, wanted) : [each];
        }
      }

      for (const name of names.filter((each) => !found.has(each))) yield err(notFound(name, regions));
    },
  };
}

/** A cluster may be called by its name, or by its ARN. */
function isCalled(wanted: string, { name, region }: { readonly name: string; readonly region: string }): boolean {
  const arn = parseClusterArn(wanted);
  return arn ? arn.name === name && arn.region === region : wanted === name;
}

/** A list holds names only: whether an ARN means this cluster, and not a namesake in another account, shows when it is described. */
function meant(cluster: Cluster, wanted: readonly string[]): readonly Result<Cluster, Problem>[] {
  const others = wanted.filter((each) => parseClusterArn(each) && each !== cluster.arn?.arn);
  const isMeant = wanted.length === 0 || others.length < wanted.length;

  return [...(isMeant ? [ok(cluster)] : []), ...others.map((each) => err(ofAnotherAccount(each, cluster)))];
}

async function listClusters({ client, region }: Regional): Promise<Result<readonly string[], Problem>> {
  try {
    const names: string[] = [];
    for await (const page of paginateListClusters({ client, pageSize: 100 }, {})) names.push(...(page.clusters ?? []));
    return ok(names);
  } catch (error) {
    if (isBadCredentials(error)) throw noCredentials(error);
    return err({
      code: isAccessDenied(error) ? 'eks-forbidden' : 'region-unreadable',
      message: `clusters of ${region} cannot be listed: ${awsErrorText(error)}`,
      remedy: isAccessDenied(error)
        ? 'allow eks:ListClusters on * to this principal, or leave the Region out'
        : `check that ${region} is a Region that is enabled for this account, and that its EKS endpoint can be reached`,
    });
  }
}

async function* described({ client, region }: Regional, name: string): AsyncGenerator<Result<Cluster, Problem>> {
  try {
    const { cluster } = await client.send(new DescribeClusterCommand({ name }));
    const fargate = await fargateProfiles(client, name);
    if (!fargate.ok) yield fargate;

    yield cluster
      ? toCluster(cluster, fargate.ok && fargate.value)
      : err(undescribed(region, name, new Error('an empty answer')));
  } catch (error) {
    if (isBadCredentials(error)) throw noCredentials(error);
    yield err(undescribed(region, name, error));
  }
}

/** Whether the cluster has a Fargate profile at all: without one, a node that says that it is Fargate is not believed. */
async function fargateProfiles(client: EKSClient, name: string): Promise<Result<boolean, Problem>> {
  try {
    const { fargateProfileNames } = await client.send(
      new ListFargateProfilesCommand({ clusterName: name, maxResults: 1 }),
    );
    return ok((fargateProfileNames ?? []).length > 0);
  } catch (error) {
    if (isBadCredentials(error)) throw error;
    return err({
      code: 'fargate-profiles-unreadable',
      message: `whether ${name} has Fargate profiles is not known: ${awsErrorText(error)}`,
      remedy: `allow eks:ListFargateProfiles on the cluster to this principal; until then its Fargate nodes count as unknown`,
    });
  }
}

function toCluster(described: EksCluster, fargate: boolean): Result<Cluster, Problem> {
  const arn = parseClusterArn(described.arn ?? '');
  if (!arn || described.name !== arn.name) {
    return err({
      code: 'cluster-undescribed',
      message: `DescribeCluster gave no usable ARN for ${described.name ?? 'a cluster'}: ${described.arn ?? 'none'}`,
      remedy: 'report this with the ARN: it has a form that this version does not know',
    });
  }

  const network = described.resourcesVpcConfig;
  const remoteNodeNetworks = (described.remoteNetworkConfig?.remoteNodeNetworks ?? []).flatMap(
    (each) => each.cidrs ?? [],
  );
  const caPem = Buffer.from(described.certificateAuthority?.data ?? '', 'base64').toString('utf8');

  return ok({
    name: arn.name,
    arn,
    ...(described.status && { status: described.status }),
    ...(described.version && { version: described.version }),
    ...(described.accessConfig?.authenticationMode && {
      authenticationMode: described.accessConfig.authenticationMode,
    }),
    ...(described.endpoint && {
      endpoint: {
        url: described.endpoint,
        caPem,
        caFingerprints: caFingerprints(caPem),
        publicAccess: network?.endpointPublicAccess ?? true,
        privateAccess: network?.endpointPrivateAccess ?? false,
        publicAccessCidrs: network?.publicAccessCidrs ?? [],
      },
    }),
    compute: {
      autoMode: described.computeConfig?.enabled ?? false,
      fargate,
      hybrid: remoteNodeNetworks.length > 0,
    },
    network: { ...(network?.vpcId && { vpcId: network.vpcId }), remoteNodeNetworks },
  });
}

const undescribed = (region: string, name: string, error: unknown): Problem => ({
  code: isAccessDenied(error) ? 'eks-forbidden' : 'cluster-undescribed',
  message: `cluster ${name} in ${region} cannot be described: ${awsErrorText(error)}`,
  remedy: isAccessDenied(error)
    ? 'allow eks:DescribeCluster on this cluster to this principal'
    : 'run the audit again; the other clusters are unharmed',
});

const notFound = (name: string, regions: readonly Regional[]): Problem => ({
  code: 'cluster-not-found',
  message: `no cluster named '${name}' in ${regions.map((each) => each.region).join(', ')}`,
  remedy: 'check the name, add its Region with --region, or look at `aws eks list-clusters`',
});

const ofAnotherAccount = (wanted: string, { arn, name }: Cluster): Problem => ({
  code: 'cluster-of-another-account',
  message: `these credentials lead to '${arn?.arn ?? name}', not to '${wanted}'`,
  remedy: 'choose credentials of its account with --profile',
});

const noCredentials = (error: unknown): OperatorError =>
  new OperatorError(
    'credentials-unusable',
    `AWS does not accept these credentials (${awsErrorText(error)}); sign in again (aws sso login, or new keys), or choose others with --profile`,
    { cause: error },
  );
