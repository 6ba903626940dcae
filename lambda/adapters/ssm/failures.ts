import type { Problem, ReadFailure } from '../../core/model/model.ts';

export const notTried = (because: string): ReadFailure => ({ via: 'ssm', kind: 'not-tried', because });
export const unreadable = (because: string): ReadFailure => ({ via: 'ssm', kind: 'unreadable', because });
export const clusterFault = (problem: Problem): ReadFailure => ({
  via: 'ssm',
  kind: 'cluster',
  because: problem.message,
  problem,
});
export const deadline: ReadFailure = {
  via: 'ssm',
  kind: 'deadline',
  because: 'time ran out before SSM answered for this node',
};
