import { awsCredentials } from '../adapters/aws-access.ts';
import { systemClock } from '../adapters/clock.ts';
import { ec2Instances } from '../adapters/ec2/instances.ts';
import { eksClient } from '../adapters/eks/client.ts';
import { eksClusters } from '../adapters/eks/clusters.ts';
import { apiServer } from '../adapters/kubernetes/api-server.ts';
import { configzSource } from '../adapters/kubernetes/configz-source.ts';
import { eksConnections, type KubernetesConnections, singleConnection } from '../adapters/kubernetes/connections.ts';
import { kubeConfigOfFile, kubeConfigOfProxy } from '../adapters/kubernetes/kube-config.ts';
import { kubernetesNodes } from '../adapters/kubernetes/node-list.ts';
import { securityHubClient } from '../adapters/security-hub/client.ts';
import { securityHub } from '../adapters/security-hub/security-hub.ts';
import { ssmClient } from '../adapters/ssm/client.ts';
import { hybridInstances } from '../adapters/ssm/hybrid-instances.ts';
import { ssmSource } from '../adapters/ssm/ssm-source.ts';
import { parseClusterArn } from '../core/cluster-arn.ts';
import type { Cluster } from '../core/model.ts';
import type { ClusterDirectory, InstanceDirectory, KubeletSource, Ports } from '../core/ports.ts';
import { ok } from '../core/result.ts';
import type { Settings } from './settings.ts';

interface OpenPorts extends Ports {
  /** Whether every cluster of this road has an ARN; without one nothing can be published. */
  readonly arnKnown: boolean;
  close(): void;
}

/** Settings → the outside world, with one kept connection pool a cluster and one client a service and Region. */
export function openPorts(settings: Settings, { log, progress }: Pick<Ports, 'log' | 'progress'>): OpenPorts {
  const clock = systemClock;
  const { road, concurrency, nodeTimeoutMs } = settings;
  const credentials = awsCredentials(road.profile);
  const { connections, clusters, arnKnown } = openRoad(settings, credentials);

  const ssm = perRegion((region) => ssmClient({ region, credentials }));
  const hub = perRegion((region) => securityHub({ client: securityHubClient({ region, credentials }), clock }));
  const sources: Record<Settings['sources'][number], KubeletSource> = {
    configz: configzSource({ connections, clock, concurrency, nodeTimeoutMs }),
    ssm: {
      via: 'ssm',
      read: (cluster, nodes, signal) =>
        ssmSource({ client: ssm(regionOf(cluster)), clock }).read(cluster, nodes, signal),
    },
  };
  const asksAws = road.by === 'aws' || (arnKnown && settings.sources.includes('ssm'));

  return {
    clock,
    log,
    progress,
    clusters,
    ...(settings.sources.includes('configz') && { nodeList: kubernetesNodes({ connections, clock }) }),
    instanceDirectories: asksAws
      ? [ec2Instances({ credentials }), ofRegion((region) => hybridInstances({ client: ssm(region) }))]
      : [],
    kubeletSources: settings.sources.map((name) => sources[name]),
    findings: {
      stored: (cluster) => hub(regionOf(cluster)).stored(cluster),
      write: (cluster, findings) => hub(regionOf(cluster)).write(cluster, findings),
    },
    arnKnown,
    close: () => connections.close(),
  };
}

interface OpenRoad {
  readonly connections: KubernetesConnections;
  readonly clusters: ClusterDirectory;
  readonly arnKnown: boolean;
}

function openRoad({ road, concurrency }: Settings, credentials: ReturnType<typeof awsCredentials>): OpenRoad {
  switch (road.by) {
    case 'aws':
      return {
        connections: eksConnections({ credentials, clock: systemClock, connections: concurrency }),
        clusters: eksClusters(road.regions.map((region) => ({ region, client: eksClient({ region, credentials }) }))),
        arnKnown: true,
      };
    case 'kubeconfig': {
      const config = kubeConfigOfFile(road.file, road.context);
      const name = config.getCurrentCluster()?.name ?? road.file;
      return singleCluster(apiServer(config, { connections: concurrency }), name, road.arn ?? name);
    }
    case 'proxy':
      return singleCluster(apiServer(kubeConfigOfProxy(road.url), { connections: concurrency }), road.url, road.arn);
  }
}

/** `aws eks update-kubeconfig` names the cluster by its ARN, so a kubeconfig often knows it. */
function singleCluster(server: ReturnType<typeof apiServer>, name: string, arnText: string | undefined): OpenRoad {
  const arn = parseClusterArn(arnText ?? '');
  const cluster: Cluster = {
    name: arn?.name ?? name,
    ...(arn && { arn }),
    compute: { autoMode: false, fargate: false, hybrid: false },
  };

  return {
    connections: singleConnection(server),
    clusters: {
      async *clusters() {
        yield ok(cluster);
      },
    },
    arnKnown: arn !== undefined,
  };
}

/** The Region whose services know this cluster. A cluster without an ARN is asked nothing in AWS, so any Region will do. */
const regionOf = (cluster: Cluster): string => cluster.arn?.region ?? 'us-east-1';

const ofRegion = (make: (region: string) => InstanceDirectory): InstanceDirectory => {
  const directory = perRegion(make);
  return { instances: (cluster, signal) => directory(regionOf(cluster)).instances(cluster, signal) };
};

function perRegion<T>(make: (region: string) => T): (region: string) => T {
  const made = new Map<string, T>();

  return (region) => {
    const known = made.get(region) ?? make(region);
    made.set(region, known);
    return known;
  };
}
