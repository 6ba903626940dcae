import type { RunMemory } from '../ports.ts';
import type { EventBus, RunPorts, Runs } from '../run/ports.ts';

/** What `withdraw` touches: findings in every account, and the hub's own memory, event bus and state machine. */
export type WithdrawPorts = Pick<
  RunPorts,
  'accounts' | 'regions' | 'regionalClusters' | 'findings' | 'clock' | 'log' | 'progress'
> & {
  readonly memory: RunMemory;
  readonly events: EventBus;
  readonly executions: Pick<Runs, 'running'>;
};
