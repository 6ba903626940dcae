import type { Clock } from '../../flow/ports.ts';

interface BatchesOptions {
  readonly clock: Clock;
  readonly size: number;
  /** A batch that is not full is not held for longer. */
  readonly waitMs: number;
}

/** Items in batches: full ones, and what has come when the first of a batch has waited long enough. What is there at once waits for nothing. */
export async function* batchesOf<T>(
  items: AsyncIterable<T> | Iterable<T>,
  { clock, size, waitMs }: BatchesOptions,
): AsyncGenerator<readonly T[]> {
  const iterator = (async function* () {
    yield* items;
  })();
  const batch: T[] = [];
  let wait: { readonly over: Promise<'over'>; readonly stop: AbortController } | undefined;
  const taken = () => {
    wait?.stop.abort();
    wait = undefined;
    return batch.splice(0);
  };

  for (let next = iterator.next(); ; ) {
    const step = await (wait ? Promise.race([next, wait.over]) : next);
    if (step === 'over') yield taken();
    else if (step.done) break;
    else {
      batch.push(step.value);
      next = iterator.next();
      if (batch.length === size) yield taken();
      else wait ??= waitFor(clock, waitMs);
    }
  }
  if (batch.length > 0) yield taken();
}

function waitFor(
  clock: Clock,
  milliseconds: number,
): { readonly over: Promise<'over'>; readonly stop: AbortController } {
  const stop = new AbortController();
  const over = (async () => {
    await clock.sleep(milliseconds, stop.signal).catch(() => undefined);
    return 'over' as const;
  })();
  return { over, stop };
}
