import type { Clock } from './ports.ts';

/** A signal that aborts with the given one, or at the given moment, with a `TimeoutError`; `stop` ends its timer. */
export function signalUntil(
  clock: Pick<Clock, 'now' | 'sleep'>,
  signal: AbortSignal,
  moment: Date | undefined,
): { readonly signal: AbortSignal; readonly stop: () => Promise<void> } {
  const expired = new AbortController();
  const done = new AbortController();

  const timer = moment
    ? clock.sleep(Math.max(0, moment.getTime() - clock.now().getTime()), done.signal).then(
        () => expired.abort(new DOMException('the time for it was up', 'TimeoutError')),
        () => undefined,
      )
    : Promise.resolve();

  return {
    signal: AbortSignal.any([signal, expired.signal]),
    async stop() {
      done.abort();
      await timer;
    },
  };
}
