import { expect, it } from 'vitest';
import { signalUntil } from '../../lambda/flow/signal-until.ts';

const now = new Date('2026-11-25T05:00:00Z');
const later = (milliseconds: number) => new Date(now.getTime() + milliseconds);

/** A clock whose sleepers wake when the test wakes them. */
function clock() {
  const asleep: { readonly milliseconds: number; readonly wake: () => void }[] = [];
  return {
    asleep,
    now: () => now,
    sleep: (milliseconds: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        asleep.push({ milliseconds, wake: resolve });
        signal?.addEventListener('abort', () => reject(signal.reason));
      }),
  };
}

it('aborts at the moment, as a time limit does', async () => {
  const time = clock();
  const { signal } = signalUntil(time, new AbortController().signal, later(5_000));
  expect(time.asleep.map(({ milliseconds }) => milliseconds)).toEqual([5_000]);
  expect(signal.aborted).toBe(false);

  time.asleep[0]?.wake();
  await Promise.resolve();
  expect(signal.aborted).toBe(true);
  expect(signal.reason).toMatchObject({ name: 'TimeoutError', message: 'the time for it was up' });
});

it('waits no time for a moment that is past, and none at all without one', async () => {
  const time = clock();
  signalUntil(time, new AbortController().signal, later(-5_000));
  expect(time.asleep.map(({ milliseconds }) => milliseconds)).toEqual([0]);

  const endless = signalUntil(time, new AbortController().signal, undefined);
  expect(time.asleep).toHaveLength(1);
  await endless.stop();
  expect(endless.signal.aborted).toBe(false);
});

it('aborts with the other signal, and never once it was stopped', async () => {
  const other = new AbortController();
  const { signal, stop } = signalUntil(clock(), other.signal, later(5_000));
  await stop();
  expect(signal.aborted).toBe(false);
  other.abort(new Error('enough'));
  expect(signal.reason).toEqual(new Error('enough'));
});
