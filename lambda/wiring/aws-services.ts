import type { AwsCredentials } from '../adapters/aws-access.ts';
import { ec2Client } from '../adapters/ec2/client.ts';
import { type ClusterNetworks, ec2ClusterNetworks } from '../adapters/ec2/cluster-networks.ts';
import { ec2Instances } from '../adapters/ec2/instances.ts';
import { eksClient } from '../adapters/eks/client.ts';
import { eksClusters } from '../adapters/eks/clusters.ts';
import { securityHubClient } from '../adapters/security-hub/client.ts';
import { securityHub } from '../adapters/security-hub/security-hub.ts';
import { ssmClient } from '../adapters/ssm/client.ts';
import { hybridInstances } from '../adapters/ssm/hybrid-instances.ts';
import { ssmSource } from '../adapters/ssm/ssm-source.ts';
import type { Cluster } from '../core/model.ts';
import type { ClusterDirectory, FindingStore, InstanceDirectory, KubeletSource, Ports } from '../core/ports.ts';

/** The AWS side of the ports, with one client a service and Region. */
interface AwsServices {
  readonly clusters: (regions: readonly string[]) => ClusterDirectory;
  readonly instanceDirectories: readonly InstanceDirectory[];
  readonly networks: ClusterNetworks;
  readonly ssm: KubeletSource;
  readonly findings: FindingStore;
}

export function awsServices(credentials: AwsCredentials, { clock, log }: Pick<Ports, 'clock' | 'log'>): AwsServices {
  const ec2 = perRegion((region) => ec2Client({ region, credentials }));
  const ssm = perRegion((region) => ssmClient({ region, credentials }));
  const source = perRegion((region) => ssmSource({ client: ssm(region), clock }));
  const hybrid = perRegion((region) => hybridInstances({ client: ssm(region) }));
  const hub = perRegion((region) => securityHub({ client: securityHubClient({ region, credentials }), clock, log }));

  return {
    clusters: (regions) =>
      eksClusters(regions.map((region) => ({ region, client: eksClient({ region, credentials }) }))),
    instanceDirectories: [
      ec2Instances({ client: ec2 }),
      { instances: (cluster, signal) => hybrid(regionOf(cluster)).instances(cluster, signal) },
    ],
    networks: ec2ClusterNetworks({ client: ec2 }),
    ssm: { via: 'ssm', read: (cluster, nodes, signal) => source(regionOf(cluster)).read(cluster, nodes, signal) },
    findings: {
      stored: (cluster) => hub(regionOf(cluster)).stored(cluster),
      write: (cluster, findings) => hub(regionOf(cluster)).write(cluster, findings),
    },
  };
}

/** The Region whose services know this cluster. A cluster without an ARN is asked nothing in AWS, so any Region will do. */
const regionOf = (cluster: Cluster): string => cluster.arn?.region ?? 'us-east-1';

function perRegion<T>(make: (region: string) => T): (region: string) => T {
  const made = new Map<string, T>();

  return (region) => {
    const known = made.get(region) ?? make(region);
    made.set(region, known);
    return known;
  };
}
