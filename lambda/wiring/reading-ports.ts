import { accessReviews } from '../adapters/kubernetes/access-review.ts';
import { configzSource } from '../adapters/kubernetes/configz-source.ts';
import type { KubernetesConnections } from '../adapters/kubernetes/connections.ts';
import { kubernetesNodes } from '../adapters/kubernetes/node-list.ts';
import { dialTcp } from '../adapters/tls/read-handshake.ts';
import { tlsSource } from '../adapters/tls/tls-source.ts';
import type { AccessReviews, AuditPorts, Clock } from '../core/ports.ts';
import type { awsServices } from './aws-services.ts';
import type { Settings } from './settings.ts';

interface Using {
  readonly connections: KubernetesConnections;
  /** Absent where AWS is not asked. */
  readonly aws: ReturnType<typeof awsServices> | undefined;
  readonly clock: Clock;
}

/** How nodes are listed and kubelets are read, by the sources of the settings and in their order. */
export function readingPorts(
  { sources, maxConcurrentNodes: concurrency, nodeTimeoutMs }: Settings,
  { connections, aws, clock }: Using,
): Pick<AuditPorts, 'nodeList' | 'kubeletSources' | 'release'> & { readonly reviews: AccessReviews } {
  const kubeletSources = {
    configz: [configzSource({ connections, clock, concurrency, nodeTimeoutMs })],
    ssm: aws ? [aws.ssm] : [],
    tls: aws ? [tlsSource({ clock, networks: aws.networks, dial: dialTcp, concurrency, nodeTimeoutMs })] : [],
  };

  return {
    ...(sources.includes('configz') && { nodeList: kubernetesNodes({ connections, clock }) }),
    kubeletSources: sources.flatMap((name) => kubeletSources[name]),
    release: (cluster) => connections.release(cluster),
    reviews: accessReviews(connections),
  };
}
