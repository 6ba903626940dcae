import type { Clock } from '../../lambda/flow/ports.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/**
 * When all work sleeps, the time of the first sleeper is now. An hour takes as long as the work in it, and the same work takes the same time on any
 * machine. Work that waits for anything but this clock says so.
 */
export class VirtualClock implements Clock {
  /** How much work waits for something real, such as a module that is loaded: no time passes until it is done. */
  waitsForReal = 0;
  #now: number;
  readonly #sleepers: Sleeper[] = [];

  constructor(start = Date.UTC(2026, 10, 28)) {
    this.#now = start;
  }

  now(): Date {
    return new Date(this.#now);
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper = { at: this.#now + Math.max(0, milliseconds), wake: resolve };
    this.#add(sleeper);

    const stop = () => {
      const index = this.#sleepers.indexOf(sleeper);
      if (index >= 0) this.#sleepers.splice(index, 1);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', stop, { once: true });
    await promise.finally(() => signal?.removeEventListener('abort', stop));
  }

  /** Lets time pass until the work is done. */
  async run<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = () => {
      isDone = true;
    };
    work.then(done, done);

    for (let idle = 0; ; idle += 1) {
      // Streams need a few turns of the event loop between two promises.
      for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
      if (isDone) return work;

      const next = this.waitsForReal > 0 ? undefined : this.#sleepers.shift();
      if (next) {
        idle = 0;
        this.#now = next.at;
        next.wake();
      } else if (this.waitsForReal === 0 && idle > 10_000) throw new Error('the work neither ends nor sleeps');
    }
  }

  /** After those of the same moment. */
  #add(sleeper: Sleeper): void {
    const before = this.#sleepers.findLastIndex(({ at }) => at <= sleeper.at);
    this.#sleepers.splice(before + 1, 0, sleeper);
  }
}
