import type { Clock } from '../../flow/ports.ts';

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
