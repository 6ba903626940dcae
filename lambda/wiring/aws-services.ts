import { LRUCache } from 'lru-cache';
import type { AccountCredentials } from '../adapters/account-credentials.ts';
import { autoScalingClient } from '../adapters/auto-scaling/auto-scaling-groups.ts';
import type { AwsAccess, AwsSockets } from '../adapters/aws-access.ts';
import { ec2Client } from '../adapters/ec2/client.ts';
import { ec2ClusterNetworks } from '../adapters/ec2/cluster-networks.ts';
import { ec2InstanceLookup, ec2Instances } from '../adapters/ec2/instances.ts';
import { ec2Machines } from '../adapters/ec2/machines.ts';
import { ec2Regions } from '../adapters/ec2/regions.ts';
import { eksIamPrincipals, eksOwnAccessEntry } from '../adapters/eks/access-entries.ts';
import { eksClient } from '../adapters/eks/client.ts';
import { eksClusters, eksRegionalClusters } from '../adapters/eks/clusters.ts';
import { eksManagedGroups } from '../adapters/eks/managed-groups.ts';
import { eksNamesakes } from '../adapters/eks/namesakes.ts';
import { awsLaunchDirectory } from '../adapters/launch-directory.ts';
import { securityHub, securityHubClient } from '../adapters/security-hub/security-hub.ts';
import { pacedSsmClient } from '../adapters/ssm/client.ts';
import { notTried } from '../adapters/ssm/document-problem.ts';
import { hybridInstances, withHybridLookup } from '../adapters/ssm/managed-instances.ts';
import { ssmRehearsal, ssmSource } from '../adapters/ssm/ssm-source.ts';
import type { Place } from '../core/model/model.ts';
import { err } from '../core/model/result.ts';
import type { KubeletSource, Ports } from '../flow/audit/ports.ts';
import type { FindingStore } from '../flow/ports.ts';

interface AwsServicesOptions extends Pick<Ports, 'clock' | 'log'> {
  readonly credentials: AccountCredentials;
  readonly sockets: AwsSockets;
  /** No command is sent to a node: SSM is asked only whether it could be. */
  readonly sendsNothing?: boolean;
  /** Whether the credentials are those of the member role, which may send commands to tagged machines only. */
  readonly byMemberRole?: boolean;
  readonly deadline?: Date;
  readonly ownerTag?: string;
}

/** A client takes a hundred kilobytes, and an organization has thousands of Regions, so unused ones are dropped. */
const mostPlaces = 64;

/** The AWS side of the ports, with one client a service, account and Region. */
export function awsServices({
  credentials,
  sockets,
  sendsNothing = false,
  byMemberRole = false,
  ownerTag = '',
  ...beside
}: AwsServicesOptions) {
  const { clock } = beside;
  const access = (place: Place) => ({ region: place.region, credentials: credentials(place), sockets });
  const ec2 = perPlace((place) => ec2Client(access(place)));
  const eks = perPlace((place) => eksClient(access(place)));
  const ssm = perPlace((place) => pacedSsmClient(access(place)));
  const source = perPlace((place) =>
    (sendsNothing ? ssmRehearsal : ssmSource)({ client: ssm(place), clock, byMemberRole }),
  );
  const hub = perPlace((place) => securityHub({ client: securityHubClient(access(place)), ...beside }));
  /** @param region the caller's own */
  const regions = (region: string) => ec2Regions({ client: ec2, region });
  const findings: FindingStore = {
    stored: (place, clusterArn) => hub(place).stored(place, clusterArn),
    write: (place, findings) => hub(place).write(place, findings),
  };

  return {
    regions,
    /** Of the Regions of one account, whose credentials these are. */
    clusters: (regions: readonly string[], account: Pick<AwsAccess, 'credentials'>) =>
      eksClusters(regions.map((region) => ({ region, client: eksClient({ region, ...account, sockets }), ownerTag }))),
    regionalClusters: eksRegionalClusters({ client: eks, ownerTag }),
    eks,
    iamPrincipals: eksIamPrincipals({ client: eks }),
    ownEntry: eksOwnAccessEntry({ client: eks }),
    instanceDirectories: [ec2Instances({ client: ec2, ownerTag }), hybridInstances({ client: ssm, clock })],
    instanceLookup: withHybridLookup(ec2InstanceLookup({ client: ec2, ownerTag }), { client: ssm, clock }),
    machines: ec2Machines({ client: ec2 }),
    managedGroups: eksManagedGroups({ client: eks }),
    launchDirectory: awsLaunchDirectory({
      eks,
      ec2,
      autoScaling: perPlace((place) => autoScalingClient(access(place))),
    }),
    networks: ec2ClusterNetworks({ client: ec2 }),
    namesakes: eksNamesakes({
      clusters: eksRegionalClusters({ client: eks }),
      regions,
    }),
    ssm: ssmOfPlaces(source),
    findings,
  };
}

/** The SSM of each cluster's own account and Region. A cluster without an ARN is in no known one, so AWS is asked nothing about it. */
const ssmOfPlaces = (source: (place: Place) => KubeletSource): KubeletSource => ({
  via: 'ssm',
  async *read(cluster, nodes, signal) {
    if (cluster.arn) yield* source(cluster.arn).read(cluster, nodes, signal);
    else for await (const node of nodes) yield { node, result: err(notTried('the ARN of its cluster is not known')) };
  },
});

function perPlace<T extends object>(make: (place: Place) => T): (place: Place) => T {
  const made = new LRUCache<string, T, Place>({
    max: mostPlaces,
    memoMethod: (_key, _stale, { context }) => make(context),
  });
  return (place) => made.memo(`${place.partition}/${place.accountId}/${place.region}`, { context: place });
}
