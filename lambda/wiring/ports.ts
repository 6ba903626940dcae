import { type AwsCredentials, awsCredentials } from '../adapters/aws-access.ts';
import { systemClock } from '../adapters/clock.ts';
import { apiServer } from '../adapters/kubernetes/api-server.ts';
import { configzSource } from '../adapters/kubernetes/configz-source.ts';
import { eksConnections, type KubernetesConnections, singleConnection } from '../adapters/kubernetes/connections.ts';
import { kubeConfigOfFile, kubeConfigOfProxy } from '../adapters/kubernetes/kube-config.ts';
import { kubernetesNodes } from '../adapters/kubernetes/node-list.ts';
import { dialTcp } from '../adapters/tls/dial-tcp.ts';
import { tlsSource } from '../adapters/tls/tls-source.ts';
import { parseClusterArn } from '../core/cluster-arn.ts';
import type { Cluster } from '../core/model.ts';
import { UsageError } from '../core/operator-error.ts';
import type { ClusterDirectory, FindingStore, Ports } from '../core/ports.ts';
import { ok } from '../core/result.ts';
import type { Settings } from './settings.ts';

interface OpenPorts extends Ports {
  /** Whether every cluster of this road has an ARN; without one nothing can be published. */
  readonly arnKnown: boolean;
  close(): void;
}

/** Settings → the outside world, with one kept connection pool a cluster and one client a service and Region. */
export async function openPorts(
  settings: Settings,
  { log, progress }: Pick<Ports, 'log' | 'progress'>,
): Promise<OpenPorts> {
  const clock = systemClock;
  const { road, sources, concurrency, nodeTimeoutMs } = settings;
  const credentials = awsCredentials(road.profile);
  const { connections, cluster } = openRoad(settings, credentials);
  const arnKnown = road.by === 'aws' || cluster?.arn !== undefined;

  // The AWS clients take a hundred megabytes: a cluster behind a kubeconfig is mostly read without them.
  const asksAws = road.by === 'aws' || (arnKnown && (sources.includes('ssm') || settings.publish));
  const aws = asksAws ? (await import('./aws-services.ts')).awsServices(credentials, { clock, log }) : undefined;
  const kubeletSources = {
    configz: [configzSource({ connections, clock, concurrency, nodeTimeoutMs })],
    ssm: aws ? [aws.ssm] : [],
    tls: aws ? [tlsSource({ clock, networks: aws.networks, dial: dialTcp, concurrency, nodeTimeoutMs })] : [],
  };

  return {
    clock,
    log,
    progress,
    clusters: road.by === 'aws' && aws ? aws.clusters(road.regions) : only(cluster),
    ...(sources.includes('configz') && { nodeList: kubernetesNodes({ connections, clock }) }),
    instanceDirectories: aws && (road.by === 'aws' || sources.includes('ssm')) ? aws.instanceDirectories : [],
    kubeletSources: sources.flatMap((name) => kubeletSources[name]),
    findings: aws?.findings ?? nowhere,
    arnKnown,
    close: () => connections.close(),
  };
}

interface OpenRoad {
  readonly connections: KubernetesConnections;
  /** The one cluster of a kubeconfig or a proxy. */
  readonly cluster?: Cluster;
}

function openRoad({ road, concurrency }: Settings, credentials: AwsCredentials): OpenRoad {
  switch (road.by) {
    case 'aws':
      return { connections: eksConnections({ credentials, clock: systemClock, connections: concurrency }) };
    case 'kubeconfig': {
      const config = kubeConfigOfFile(road.file, road.context);
      // `aws eks update-kubeconfig` names the cluster by its ARN.
      const name = config.getCurrentCluster()?.name ?? road.file;
      if (road.arn && parseClusterArn(name) && name !== road.arn)
        throw new UsageError(
          `the kubeconfig leads to '${name}', not to '${road.arn}'; leave CLUSTER out, or choose another --context`,
        );
      return singleCluster(apiServer(config, { connections: concurrency }), name, road.arn ?? name);
    }
    case 'proxy':
      return singleCluster(apiServer(kubeConfigOfProxy(road.url), { connections: concurrency }), road.url, road.arn);
  }
}

function singleCluster(server: ReturnType<typeof apiServer>, name: string, arnText: string | undefined): OpenRoad {
  const arn = parseClusterArn(arnText ?? '');

  return {
    connections: singleConnection(server),
    cluster: {
      name: arn?.name ?? name,
      ...(arn && { arn }),
      compute: { autoMode: false, fargate: false, hybrid: false },
    },
  };
}

const only = (cluster: Cluster | undefined): ClusterDirectory => ({
  async *clusters() {
    if (cluster) yield ok(cluster);
  },
});

/** Where nothing is published, nothing is stored. */
const nowhere: FindingStore = {
  async *stored() {},
  write: async (_cluster, findings) =>
    ok({
      imported: 0,
      rejected: [],
      notSent: findings.map(({ Id }) => ({ id: Id, because: 'nothing is published here' })),
    }),
};
