import { runTimeoutSeconds } from '../../contract/names.ts';
import { OperatorError } from '../../core/model/operator-error.ts';
import { executionName } from '../../core/run/item.ts';
import type { HeldLock, StartPorts } from './ports.ts';

/** What became of a scheduled run. `already`: this very run was started before, as the scheduler calls at least once. `busy`: another one is still going. */
export interface StartRunResult {
  readonly status: 'started' | 'already' | 'busy';
  readonly runId: string;
  readonly running?: string;
}

/** The holder of the lock starts its run within the minute that the function has; after this time it never will. */
const startsWithinMs = 5 * 60_000;

/** In each turn another writer changed the lock between our read and our write. */
const mostTurns = 10;

/**
 * Starts the run of this time. Two runs at once would read the same kubelets twice and race for the same findings, so a starter takes the lock first.
 * @param run `formerRun` is an earlier one, of which only the items without a final answer are audited
 * @throws OperatorError when the lock or the state machine cannot be used
 */
export async function startRun(
  ports: StartPorts,
  { scheduledAt, formerRun }: { readonly scheduledAt: Date; readonly formerRun?: string },
): Promise<StartRunResult> {
  const { executions, log } = ports;
  const name = executionName(scheduledAt);
  const runId = formerRun ?? name;

  // The list of executions is only consistent after a while. It also has runs that were started without this function.
  const running = await executions.running();
  if (running === name) return { status: 'already', runId };
  const holder = running ?? (await lockedBy(ports, name));
  if (holder !== undefined) {
    log.warn('the run is not started: another one is still going', { runId, running: holder });
    return { status: 'busy', runId, running: holder };
  }

  const status = await executions.start(name, formerRun === undefined ? {} : { runId });
  log.info(status === 'started' ? 'run started' : 'this run was started before', { runId });
  return { status, runId };
}

/** Takes the lock for this run. If it is held, returns the run that holds it. */
async function lockedBy({ executions, lock, clock }: StartPorts, name: string): Promise<string | undefined> {
  let held: HeldLock | undefined;

  for (let turn = 0; turn < mostTurns; turn += 1) {
    const takenAt = clock.now();
    const deadline = new Date(takenAt.getTime() + runTimeoutSeconds * 1_000);
    if (await lock.take({ executionArn: executions.arnOf(name), takenAt, deadline }, held)) return undefined;

    await clock.sleep(turn * 50);
    held = await lock.read();
    if (held && !(await isFree({ executions, clock }, held, name))) return nameOf(held);
  }
  throw new OperatorError(
    'run-lock-unusable',
    `the lock of the run changed hands ${mostTurns} times while run ${name} was to be started; start it again`,
  );
}

/** Whether the holder's run is over, or is this run, which an earlier attempt may have left unfinished. */
async function isFree(
  { executions, clock }: Pick<StartPorts, 'executions' | 'clock'>,
  held: HeldLock,
  name: string,
): Promise<boolean> {
  const now = clock.now();
  if (nameOf(held) === name || now >= held.deadline) return true;

  const state = await executions.state(nameOf(held));
  return state === 'ended' || (state === 'absent' && now.getTime() - held.takenAt.getTime() > startsWithinMs);
}

const nameOf = ({ executionArn }: HeldLock): string => executionArn.slice(executionArn.lastIndexOf(':') + 1);
