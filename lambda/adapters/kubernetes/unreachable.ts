import { hasCode } from '../../contract/problem-codes.ts';
import type { Cluster, ClusterEndpoint, Problem, ReadFailure } from '../../core/model/model.ts';
import { networkFailure } from '../../core/read/kubelet/configz/network-failure.ts';
import type { NoAnswer } from './exchange.ts';

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
