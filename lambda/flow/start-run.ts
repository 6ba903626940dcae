import type { Log, Runs } from '../core/ports.ts';
import { executionName } from '../core/run/execution-name.ts';

/** What became of a scheduled run. `already`: this very run was started before, as the scheduler calls at least once. `busy`: another one is still going. */
export interface Started {
  readonly status: 'started' | 'already' | 'busy';
  readonly runId: string;
  /** The run that is still going. */
  readonly running?: string;
}

/** Starts the run of this time. Two runs at once would read the same kubelets twice and race for the same findings. */
export async function startRun(
  { executions, log }: { readonly executions: Runs; readonly log: Log },
  { scheduledAt, input = {} }: { readonly scheduledAt: Date; readonly input?: object },
): Promise<Started> {
  const runId = executionName(scheduledAt);

  const running = await executions.running();
  if (running === runId) return { status: 'already', runId };
  if (running !== undefined) {
    log.warn('the run is not started: another one is still going', { runId, running });
    return { status: 'busy', runId, running };
  }

  const status = await executions.start(runId, input);
  log.info(status === 'started' ? 'run started' : 'this run was started before', { runId });
  return { status, runId };
}
