import type { Cluster } from '../../core/model.ts';
import type { Clock } from '../../core/ports.ts';
import type { AwsCredentials } from '../aws-access.ts';
import { eksToken } from '../eks/token.ts';
import { type ApiServer, apiServer } from './api-server.ts';
import { kubeConfigOfEks } from './kube-config.ts';

/** One kept connection pool a cluster, shared by all that read its API server. */
export interface KubernetesConnections {
  /** `undefined` for a cluster that has no endpoint yet. */
  to(cluster: Cluster): ApiServer | undefined;
  close(): void;
}

interface EksAccess {
  readonly credentials: AwsCredentials;
  readonly clock: Pick<Clock, 'now'>;
  readonly connections: number;
}

/** Connections to EKS clusters with IAM bearer tokens. */
export function eksConnections({ credentials, clock, connections }: EksAccess): KubernetesConnections {
  const open = new Map<string, ApiServer>();

  return {
    to(cluster) {
      const { arn, endpoint } = cluster;
      if (!arn || !endpoint) return undefined;

      const known = open.get(arn.arn);
      if (known) return known;

      const token = eksToken({ cluster: arn, credentials, clock });
      const server = apiServer(kubeConfigOfEks(cluster.name, endpoint, token), {
        connections,
        onForget: () => token.renew(),
      });
      open.set(arn.arn, server);
      return server;
    },
    close() {
      for (const server of open.values()) server.close();
      open.clear();
    },
  };
}

/** The one connection of a kubeconfig or a proxy. */
export const singleConnection = (server: ApiServer): KubernetesConnections => ({
  to: () => server,
  close: () => server.close(),
});
