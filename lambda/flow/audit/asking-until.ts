import type { Problem } from '../../core/model.ts';
import { err, type Result } from '../../core/result.ts';

export type AskInTime = <T>(
  ask: (signal: AbortSignal) => Promise<Result<T, Problem>>,
  late: Problem,
) => Promise<Result<T, Problem>>;

/** Questions with one end of time for all: what is not answered by then is `late`. Nobody is waited for, since assuming a role hears no signal. */
export function askingUntil(end: AbortSignal): AskInTime {
  const over = new Promise<void>((resolve) => end.addEventListener('abort', () => resolve(), { once: true }));

  return async (ask, late) => {
    if (end.aborted) return err(late);

    const answer = await Promise.race([ask(end), over]);
    // Who was stopped tells of it as of any other failure.
    return answer && (answer.ok || !end.aborted) ? answer : err(late);
  };
}
