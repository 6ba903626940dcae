import type { Retrier } from './states-definition.ts';

/** How often each retrier of a state was used: each counts for itself. */
export type Attempts = ReadonlyMap<Retrier, number>;

export type Retry =
  | { readonly again: false }
  | { readonly again: true; readonly afterSeconds: number; readonly attempts: Attempts };

/** The first retrier that names the error decides, as long as it has attempts left; `random` is 0 to below 1, for the jitter. */
export function retryOf(
  retriers: readonly Retrier[],
  { error, attempts, random }: { readonly error: string; readonly attempts: Attempts; readonly random: () => number },
): Retry {
  const retrier = retriers.find(({ ErrorEquals }) => ErrorEquals.includes(error));
  const used = (retrier && attempts.get(retrier)) ?? 0;
  if (!retrier || used >= retrier.MaxAttempts) return { again: false };

  const delay = Math.min(
    retrier.IntervalSeconds * retrier.BackoffRate ** used,
    retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY,
  );
  return {
    again: true,
    afterSeconds: retrier.JitterStrategy === 'FULL' ? delay * random() : delay,
    attempts: new Map([...attempts, [retrier, used + 1]]),
  };
}
