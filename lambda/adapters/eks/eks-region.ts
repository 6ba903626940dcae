import { X509Certificate } from 'node:crypto';
import {
  DescribeClusterCommand,
  type EKSClient,
  type Cluster as EksCluster,
  ListFargateProfilesCommand,
  paginateListClusters,
} from '@aws-sdk/client-eks';
import { parseClusterArn } from '../../core/model/cluster-arn.ts';
import type { Cluster, Problem } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { ownerClaim } from '../../core/model/text/words.ts';
import { awsErrorName, awsErrorText, callProblem, isBadCredentials, placeText } from '../aws-access.ts';
import { certificateBlocks } from '../pem.ts';

/** EKS of one account's Region. The account is not known where the caller's own credentials are used. */
export interface EksRegion {
  readonly region: string;
  readonly accountId?: string;
  readonly client: EKSClient;
  /** The tag whose value is an owner; none is read without it. */
  readonly ownerTag?: string;
}

/** All names. Throws the errors of the call; `unlisted` makes problems of them. */
export async function clusterNames({ client }: EksRegion, signal?: AbortSignal): Promise<readonly string[]> {
  const names: string[] = [];
  const pages = paginateListClusters({ client, pageSize: 100 }, {}, signal && { abortSignal: signal });
  for await (const page of pages) names.push(...(page.clusters ?? []));
  return names;
}

/** One cluster, and problems beside it. Throws the errors of DescribeCluster; `undescribed` makes problems of them. */
export async function describedCluster(eks: EksRegion, name: string): Promise<readonly Result<Cluster, Problem>[]> {
  const { cluster } = await eks.client.send(new DescribeClusterCommand({ name }));
  if (!cluster) return [err(undescribed(eks, name, new Error('an empty answer')))];

  const fargate = await fargateProfiles(eks.client, name);
  const made = toCluster(cluster, fargate.ok && fargate.value);
  const owner = ownerOf(cluster, eks);
  return [...(fargate.ok ? [] : [fargate]), made.ok && owner ? ok({ ...made.value, owner }) : made];
}

const ownerOf = ({ tags = {} }: EksCluster, { ownerTag = '' }: EksRegion): string | undefined =>
  Object.hasOwn(tags, ownerTag) ? ownerClaim(tags[ownerTag]) : undefined;

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

export const unlisted = (eks: EksRegion, error: unknown): Problem =>
  callProblem(error, {
    action: 'eks:ListClusters',
    place: eks,
    message: `clusters of ${placeText(eks)} cannot be listed`,
    forbidden: [
      'eks-forbidden',
      'allow eks:ListClusters on * to this principal, name the clusters, or leave the Region out',
    ],
    other: [
      'region-unreadable',
      `check that ${eks.region} is a Region that is enabled for this account, and that its EKS endpoint can be reached`,
    ],
  });

export function undescribed(eks: EksRegion, name: string, error: unknown): Problem {
  const call = { action: 'eks:DescribeCluster', place: eks };
  if (awsErrorName(error) === 'ResourceNotFoundException') {
    const cause = ['cluster-not-found', 'do nothing if it was deleted on purpose'] as const;
    const message = `there is no cluster ${name} in ${placeText(eks)} any more`;
    return callProblem(error, { ...call, message, forbidden: cause, other: cause });
  }
  return callProblem(error, {
    ...call,
    message: `cluster ${name} in ${placeText(eks)} cannot be described`,
    forbidden: ['eks-forbidden', 'allow eks:DescribeCluster on this cluster to this principal'],
    other: ['cluster-undescribed', 'run the audit again; the other clusters are unharmed'],
  });
}

/** What DescribeCluster says, reduced to what the audit uses. */
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

/**
 * SHA-256 of each certificate in a PEM bundle (64 lower-case hexadecimal digits), each once. Empty when any of them cannot be read:
 * half of a bundle would make a node that holds the other half look wrong.
 */
export function caFingerprints(pem: string): readonly string[] {
  try {
    const certificates = certificateBlocks(pem).map((each) => new X509Certificate(each));
    return [...new Set(certificates.map((each) => each.fingerprint256.replaceAll(':', '').toLowerCase()))];
  } catch {
    return [];
  }
}
