import type { HubPorts } from '../../core/ports.ts';
import type { Discovery } from '../../core/run/discovery.ts';
import { type DiscoverRequest, discover } from './discover.ts';

/** What there is to audit in this run. A run that is started again audits what it found the first time: its answers are about that. */
export async function runDiscovery(ports: HubPorts, request: DiscoverRequest): Promise<Discovery> {
  const before = await ports.runs.discovery(request.runId);
  if (before) return before;

  const discovery = await discover(ports, request);
  await ports.runs.putDiscovery(discovery);
  return discovery;
}
