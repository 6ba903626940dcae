import { powertoolsLog } from '../adapters/log.ts';
import type { Progress } from '../core/ports.ts';
import { openPorts } from './ports.ts';
import type { Settings } from './settings.ts';

/** Nobody waits for a function: what it has to say is in its logs. */
const noProgress: Progress = {
  clusterStarted: () => undefined,
  nodesListed: () => undefined,
  nodeRead: () => undefined,
  clusterFinished: () => undefined,
};

/**
 * The ports of a function, with structured logs.
 * @param keys what every line of the invocation carries, such as its request id
 */
export const openLambdaPorts = (settings: Settings, keys: Readonly<Record<string, string>>) =>
  openPorts(settings, { log: powertoolsLog(keys), progress: noProgress });
