import type { Cluster, ClusterArn, ClusterEndpoint, Problem } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import type { Clock } from '../../flow/ports.ts';
import type { AccountCredentials } from '../account-credentials.ts';
import { eksToken } from '../eks/token.ts';
import { type ApiServer, apiServer } from './api-server.ts';
import { kubeConfigOfEks } from './kube-config.ts';

/** One kept connection pool a cluster, shared by all that read its API server. */
export interface KubernetesConnections {
  /** The cluster's API server, or why it is not dialled at all. */
  to(cluster: Cluster): Result<ApiServer, Problem>;
  /** Closes the kept connections of a cluster. The next request opens new ones. */
  release(cluster: Cluster): void;
  close(): void;
}

interface EksAccess {
  readonly credentials: AccountCredentials;
  readonly clock: Pick<Clock, 'now'>;
  readonly connections: number;
  /** Whether this program runs in a VPC, from which a private endpoint may be reached: only `false` keeps it from being dialled. */
  readonly inVpc?: InVpc;
}

export type InVpc = boolean | 'unknown';

/** Connections to EKS clusters with IAM bearer tokens. */
export function eksConnections({
  credentials,
  clock,
  connections,
  inVpc = 'unknown',
}: EksAccess): KubernetesConnections {
  const open = new Map<string, ApiServer>();

  function connect(name: string, arn: ClusterArn, endpoint: ClusterEndpoint): ApiServer {
    const token = eksToken({ cluster: arn, credentials: credentials(arn), clock });
    return apiServer(kubeConfigOfEks(name, endpoint, token), { connections, onForget: () => token.renew() });
  }

  return {
    to(cluster) {
      const { arn, endpoint, name } = cluster;
      if (!arn || !endpoint) return err(noEndpoint(name));
      if (inVpc === false && !endpoint.publicAccess) return err(privateEndpoint(name));

      const server = open.get(arn.arn) ?? connect(name, arn, endpoint);
      open.set(arn.arn, server);
      return ok(server);
    },
    release({ arn }) {
      if (!arn) return;
      open.get(arn.arn)?.close();
      open.delete(arn.arn);
    },
    close() {
      for (const server of open.values()) server.close();
      open.clear();
    },
  };
}

/** The one connection of a kubeconfig or a proxy. */
export const singleConnection = (server: ApiServer): KubernetesConnections => ({
  to: () => ok(server),
  release: () => undefined,
  close: () => server.close(),
});

const noEndpoint = (name: string): Problem => ({
  code: 'api-unreachable',
  message: `cluster ${name} has no API endpoint yet`,
  remedy: 'try again when EKS shows its endpoint',
});

const privateEndpoint = (name: string): Problem => ({
  code: 'endpoint-private',
  message: `the API endpoint of ${name} is private, and this audit runs outside its VPC: it was not dialled`,
  remedy:
    'nothing, if SSM reads its nodes; for configz, attach the audit’s function to a VPC that leads there, or run the audit from one in a terminal',
});
