import { directSource } from '../adapters/direct/direct-source.ts';
import { accessReviews } from '../adapters/kubernetes/access-review.ts';
import { configzSource } from '../adapters/kubernetes/configz-source.ts';
import type { KubernetesConnections } from '../adapters/kubernetes/connections.ts';
import { kubernetesNodes, kubernetesReadiness } from '../adapters/kubernetes/node-list.ts';
import { karpenterNodePools, karpenterNotAsked } from '../adapters/kubernetes/node-pools.ts';
import { kubernetesRbacGrants } from '../adapters/kubernetes/rbac-grants.ts';
import { tlsSource, wireSource } from '../adapters/tls/connection-sources.ts';
import { dialTcp } from '../adapters/tls/open-connection.ts';
import type { Cluster } from '../core/model/model.ts';
import type { LaunchDirectory } from '../flow/audit/ports.ts';
import type { Clock } from '../flow/ports.ts';
import type { awsServices } from './aws-services.ts';
import type { Settings } from './settings.ts';

interface ReadingPortsOptions {
  readonly connections: KubernetesConnections;
  /** Absent where AWS is not asked. */
  readonly aws: ReturnType<typeof awsServices> | undefined;
  readonly clock: Clock;
}

/** How nodes are listed and kubelets are read, by the sources of the settings and in their order. */
export function readingPorts(
  { sources, maxConcurrentNodes: concurrency, nodeTimeoutMs, ...settings }: Settings,
  { connections, aws, clock }: ReadingPortsOptions,
) {
  const dialling = { clock, dial: dialTcp, concurrency, nodeTimeoutMs };
  const kubeletSources = {
    direct: aws
      ? [
          directSource({
            ...dialling,
            connections,
            networks: aws.networks,
            namesakes: aws.namesakes,
            ownEntry: aws.ownEntry,
            allowBroadToken: settings.allowBroadToken,
            directAlthoughNotAsked: settings.directAlthoughNotAsked,
          }),
        ]
      : [],
    configz: [configzSource({ connections, clock, concurrency, nodeTimeoutMs })],
    ssm: aws ? [aws.ssm] : [],
    tls: aws ? [tlsSource({ ...dialling, networks: aws.networks })] : [],
    wire: aws ? [wireSource({ ...dialling, networks: aws.networks })] : [],
  };

  return {
    ...((sources.includes('configz') || sources.includes('direct')) && {
      nodeList: kubernetesNodes({ connections, clock }),
      rbacGrants: { ...kubernetesRbacGrants({ connections, clock }), ...aws?.iamPrincipals },
    }),
    launchDirectories:
      settings.nextNode && aws ? [aws.launchDirectory, nodePoolsOf(sources, { connections, clock })] : [],
    kubeletSources: sources.flatMap((name) => kubeletSources[name]),
    release: (cluster: Cluster) => connections.release(cluster),
    reviews: accessReviews(connections),
    readiness: kubernetesReadiness({ connections, clock }),
  };
}

/** A token that nodes see may not list node classes, so where direct is a source they are not asked for. */
function nodePoolsOf(
  sources: Settings['sources'],
  using: Pick<ReadingPortsOptions, 'connections' | 'clock'>,
): LaunchDirectory {
  if (sources.includes('direct')) return karpenterNotAsked('direct');
  return sources.includes('configz') ? karpenterNodePools(using) : karpenterNotAsked(undefined);
}
