import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const routing = join(import.meta.dirname, 'route-to-nodes.mjs');

/** For another process that is to reach the nodes of the lab at their addresses: what comes before its program. */
export const routeArguments = ['--import', routing] as const;

/** The same for every Node process that a shell starts. */
export const routeVariables = (routes: Readonly<Record<string, number>>) => ({
  ...routeEnvironment(routes),
  NODE_OPTIONS: `--import ${pathToFileURL(routing)}`,
});

/** `ADDRESS:10250` → port on loopback, as `KubeletPorts.routes` has them. */
export const routeEnvironment = (routes: Readonly<Record<string, number>>) => ({
  LAB_NODE_ROUTES: JSON.stringify(routes),
});
