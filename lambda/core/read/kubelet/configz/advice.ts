import type { ProblemCode } from '../../../../contract/problem-codes.ts';
import type { Cluster, Problem } from '../../../model/model.ts';

type ReachedBy = NonNullable<Cluster['reachedBy']>;

/**
 * What can be done where the cluster is reached by a kubeconfig or a kubectl proxy, by the code of the problem. There, no role of the audit and no
 * access entry would help, and EKS says nothing about the endpoint. Codes that are not here have the usual remedy.
 */
const advice: Readonly<Record<string, Readonly<Record<ReachedBy, string>>>> = {
  'credentials-refused': {
    kubeconfig:
      'check that the token or certificate of this context of the kubeconfig has not expired and belongs to this cluster (kubectl auth whoami says who it is)',
    proxy:
      'check that the credentials with which kubectl proxy was started have not expired and belong to this cluster, then start it again',
  },
  'anonymous-request': {
    kubeconfig: 'no credentials were sent: check the user of this context of the kubeconfig',
    proxy: 'kubectl proxy sends no credentials: start it with a context that has some',
  },
  'nodes-proxy-forbidden': {
    kubeconfig:
      'bind that user to a ClusterRole with the verb get on nodes/proxy, or choose a context whose user has it (--context)',
    proxy: 'bind that user to a ClusterRole with the verb get on nodes/proxy, or start kubectl proxy as one who has it',
  },
  'nodes-list-forbidden': {
    kubeconfig:
      'bind that user to a ClusterRole with the verb list on nodes, or choose a context whose user has it (--context)',
    proxy: 'bind that user to a ClusterRole with the verb list on nodes, or start kubectl proxy as one who has it',
  },
  'kubernetes-forbidden': {
    kubeconfig: 'bind that user to a ClusterRole with get on nodes/proxy and list on nodes',
    proxy: 'bind that user to a ClusterRole with get on nodes/proxy and list on nodes',
  },
  'nodes-configz-forbidden': {
    kubeconfig:
      'bind the user of this context to a ClusterRole with the verb get on nodes/configz, or leave direct out of --sources',
    proxy: 'leave direct out of --sources: kubectl proxy does not lead to the port of a kubelet',
  },
  'token-too-broad': {
    kubeconfig:
      'choose a context whose user may do no more than list nodes and get nodes/configz, or leave direct out of --sources; --allow-broad-token shows this token to the nodes all the same',
    proxy: 'leave direct out of --sources: kubectl proxy shows no token',
  },
  'no-bearer-token': {
    kubeconfig: 'choose a context whose user has a token, or leave direct out of --sources',
    proxy: 'leave direct out of --sources: kubectl proxy shows no token',
  },
  'cluster-ca-unknown': {
    kubeconfig: 'use a kubeconfig with certificate-authority-data, or leave direct out of --sources',
    proxy: 'leave direct out of --sources: kubectl proxy shows no CA',
  },
  'api-unreachable': {
    kubeconfig:
      'check the server and the CA that the kubeconfig names, and that this network leads there (DNS, VPN, firewall, a proxy that opens TLS)',
    proxy: 'check that kubectl proxy listens at the address of --api-server, and that it reaches its API server',
  },
} satisfies Partial<Record<ProblemCode, unknown>>;

/** The problem with a remedy that can be done on the way that leads to this cluster. */
export function advised(problem: Problem, { reachedBy }: Pick<Cluster, 'reachedBy'>): Problem {
  const remedy = reachedBy && advice[problem.code]?.[reachedBy];
  return remedy ? { ...problem, remedy } : problem;
}
