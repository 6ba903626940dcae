import type { Progress } from '../flow/ports.ts';

/** No person waits for a function: its messages are in its logs. */
export const noProgress: Progress = {
  accountListed: () => undefined,
  accountFinished: () => undefined,
  clustersFound: () => undefined,
  clusterStarted: () => undefined,
  nodesListed: () => undefined,
  nodeRead: () => undefined,
  clusterFinished: () => undefined,
};
