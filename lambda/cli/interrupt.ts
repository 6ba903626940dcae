import { OperatorError } from '../core/model/operator-error.ts';
import { howMany } from '../core/model/text/words.ts';

/** Exit codes of commands without an audit’s outcome. core/run/outcome.ts has those of outcomes, 0 to 3. */
export const exitCode = { couldNotRun: 3, usage: 64, interrupted: 130 } as const;

/** Runs `work` with a signal that Ctrl-C aborts, so that it can report what it did. A second Ctrl-C ends the process at once. */
export async function untilInterrupted(
  work: (signal: AbortSignal) => Promise<number>,
  signals: readonly NodeJS.Signals[] = ['SIGINT'],
): Promise<number> {
  const interrupt = new AbortController();
  const { signal } = interrupt;
  // Without this listener, the one of the live line would end the process before the report.
  const stop = () => {
    if (signal.aborted) process.exit(exitCode.interrupted);
    interrupt.abort();
  };
  for (const name of signals) process.on(name, stop);
  try {
    const code = await work(signal);
    return signal.aborted ? exitCode.interrupted : code;
  } catch (error) {
    if (signal.aborted) return exitCode.interrupted;
    throw error;
  } finally {
    for (const name of signals) process.off(name, stop);
  }
}

/** @throws OperatorError where a command did not do its whole work: some `cluster` of `{ cluster: 2, gap: 1 }` */
export function throwIfLeft(code: string, left: Readonly<Record<string, number>>): void {
  const parts = Object.entries(left).flatMap(([what, count]) => (count > 0 ? [howMany(count, what)] : []));
  if (parts.length === 0) return;
  throw new OperatorError(
    code,
    `not complete: ${parts.join(' and ')} left; fix these and run the command again: finished steps are kept`,
  );
}
