import type { Clock, Log } from '../../flow/ports.ts';
import { awsErrorName } from '../aws-access.ts';
import { jitteredPause } from '../jittered-pause.ts';
import { isPassing, isTooFast } from './failure.ts';

export interface Rate {
  readonly perSecond: number;
  /** Calls that may be made at once after a pause. */
  readonly burst: number;
}

/**
 * Rates of an account and Region: 10 and 3 calls a second, bursts of 30 and 6 (service model 2018-10-26). They are slightly lower, since our clock is
 * not AWS's.
 */
export const rates = {
  batchImportFindings: { perSecond: 9.5, burst: 30 },
  getFindings: { perSecond: 2.9, burst: 6 },
} as const satisfies Record<string, Rate>;

/** Keeps calls under a rate: each takes a token, and waits for one that is not there yet. Callers at once queue up by debt. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #rate: Rate;
  #tokens: number;
  #filledAt: number;

  constructor(clock: Clock, rate: Rate) {
    this.#clock = clock;
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#filledAt = clock.now().getTime();
  }

  /** AWS says that the rate is used up, by others too: the burst that we counted on is not there. */
  empty(): void {
    this.#tokens = Math.min(this.#tokens, 0);
    this.#filledAt = this.#clock.now().getTime();
  }

  async take(): Promise<void> {
    const now = this.#clock.now().getTime();
    const earned = (Math.max(0, now - this.#filledAt) * this.#rate.perSecond) / 1000;
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + earned) - 1;
    this.#filledAt = now;

    if (this.#tokens < 0) await this.#clock.sleep(Math.ceil((-this.#tokens * 1000) / this.#rate.perSecond));
  }
}

export interface Patience {
  readonly clock: Clock;
  readonly bucket: TokenBucket;
  readonly log: Log;
  /** When reading stops, shortly before the invocation is over. */
  readonly deadline?: Date;
}

/** Fifty functions at work in one account and Region take this long in turns: what one may not do now, it may do later. */
const patienceMs = 3 * 60_000;

/** What a call is given even when reading took until the deadline: the minute that is kept for publishing is for this. */
const leastMs = 30_000;

/** A fault that is not the rate is no matter of turns. */
const mostFaults = 6;

/**
 * Sends within the rate, and retries a failure that may pass, with a pause of full jitter. It retries throttling for up to three minutes, and a fault
 * of service or network at most 6 times.
 * @throws the last error, or the first that will not pass
 */
export async function retryThrottled<T>(
  send: () => Promise<T>,
  { clock, bucket, log, deadline }: Patience,
): Promise<T> {
  const now = clock.now().getTime();
  const end = Math.min(now + patienceMs, Math.max(now + leastMs, deadline?.getTime() ?? Number.POSITIVE_INFINITY));
  let faults = 0;

  for (let attempt = 1; ; attempt++) {
    await bucket.take();
    try {
      return await send();
    } catch (error) {
      const tooFast = isTooFast(error);
      if (tooFast) bucket.empty();
      else if (!isPassing(error) || ++faults === mostFaults) throw error;

      const pause = jitteredPause(attempt);
      if (clock.now().getTime() + pause > end) throw error;
      log.info('Security Hub is asked again', { error: awsErrorName(error), attempt, pause });
      await clock.sleep(pause);
    }
  }
}
