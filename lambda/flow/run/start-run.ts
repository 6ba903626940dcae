import type { Log, Runs } from '../../core/ports.ts';
import { executionName } from '../../core/run/execution-name.ts';

/** What became of a scheduled run. `already`: this very run was started before, as the scheduler calls at least once. `busy`: another one is still going. */
export interface Started {
  readonly status: 'started' | 'already' | 'busy';
  readonly runId: string;
  /** The run that is still going. */
  readonly running?: string;
}

interface RunToStart {
  readonly scheduledAt: Date;
  /** A run that was before, of which only what has no final answer is audited. */
  readonly formerRun?: string;
}

/** Starts the run of this time. Two runs at once would read the same kubelets twice and race for the same findings. */
export async function startRun(
  { executions, log }: { readonly executions: Runs; readonly log: Log },
  { scheduledAt, formerRun }: RunToStart,
): Promise<Started> {
  const name = executionName(scheduledAt);
  const runId = formerRun ?? name;

  const running = await executions.running();
  if (running === name) return { status: 'already', runId };
  if (running !== undefined) {
    log.warn('the run is not started: another one is still going', { runId, running });
    return { status: 'busy', runId, running };
  }

  const status = await executions.start(name, formerRun === undefined ? {} : { runId });
  log.info(status === 'started' ? 'run started' : 'this run was started before', { runId });
  return { status, runId };
}
