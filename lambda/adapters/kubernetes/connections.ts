import { hasCode } from '../../contract/problem-codes.ts';
import type { Cluster, ClusterArn, ClusterEndpoint, Problem, ReadFailure } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { networkFailure } from '../../core/read/kubelet/configz/api-status.ts';
import type { Clock } from '../../flow/ports.ts';
import type { AccountCredentials } from '../account-credentials.ts';
import { eksToken } from '../eks/token.ts';
import { type ApiServer, apiServer } from './api-server.ts';
import type { NoAnswer } from './exchange.ts';
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
    'do nothing if SSM reads its nodes; for configz, attach the audit’s function to a VPC that leads there, or run the audit from one in a terminal',
});

type Unreachable = ReadFailure & { readonly problem: Problem };

/**
 * No answer of the API server, reported as one problem of its cluster. EKS knows what the network doesn't show: that the endpoint is private, or open
 * to some addresses only.
 */
export function unreachable(cluster: Cluster, { code, message, problem }: NoAnswer): Unreachable {
  if (problem) return failure(problem);

  const plain = networkFailure(code, message);
  const { endpoint } = cluster;
  return hasCode('api-unreachable')(plain.problem) && endpoint ? failure(explained(plain.problem, endpoint)) : plain;
}

export const failure = (problem: Problem): Unreachable => ({
  via: 'configz',
  kind: 'cluster',
  because: problem.message,
  problem,
});

const mostCidrs = 10;

function explained(problem: Problem, { publicAccess, publicAccessCidrs }: ClusterEndpoint): Problem {
  if (!publicAccess)
    return {
      ...problem,
      message: `${problem.message}; its endpoint is private`,
      remedy: 'run the audit from the cluster’s VPC, or by SSM alone (--sources ssm), which needs no network path',
    };
  if (publicAccessCidrs.length === 0 || publicAccessCidrs.some((each) => everywhere.includes(each))) return problem;

  const more = publicAccessCidrs.length > mostCidrs ? ` and ${publicAccessCidrs.length - mostCidrs} more` : '';
  return {
    ...problem,
    message: `${problem.message}; its endpoint takes connections from ${publicAccessCidrs.slice(0, mostCidrs).join(', ')}${more} only`,
    remedy:
      'add the address of this network to the cluster’s public access CIDRs, run the audit from one of them or inside the VPC, or by SSM alone (--sources ssm)',
  };
}

const everywhere = ['0.0.0.0/0', '::/0'];
