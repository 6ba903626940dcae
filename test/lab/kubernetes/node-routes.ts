import { join } from 'node:path';

/** For another process that is to reach the nodes of the lab at their addresses: what comes before its program. */
export const routeArguments = ['--import', join(import.meta.dirname, 'route-to-nodes.ts')] as const;

/** `ADDRESS:10250` → port on loopback, as `KubeletPorts.routes` has them. */
export const routeEnvironment = (routes: Readonly<Record<string, number>>) => ({
  LAB_NODE_ROUTES: JSON.stringify(routes),
});
