import type { Progress } from '../flow/ports.ts';

/** Nobody waits for a function: what it has to say is in its logs. */
export const noProgress: Progress = {
  accountListed: () => undefined,
  accountFinished: () => undefined,
  clustersFound: () => undefined,
  clusterStarted: () => undefined,
  nodesListed: () => undefined,
  nodeRead: () => undefined,
  clusterFinished: () => undefined,
};
