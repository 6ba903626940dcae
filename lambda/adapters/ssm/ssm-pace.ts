import type { Clock } from '../../flow/ports.ts';
import { slept } from '../clock.ts';

const callsAtOnce = 8;
/** What a throttled call leaves of the rate. */
const kept = 0.7;
/** What each call that SSM takes adds, in calls a second. It is two hundredths of the rate each second, for many functions at once as for one. */
const gained = 0.02;
const slowestPerSecond = 0.2;

/** The pace of each operation in one account and Region. */
export type SsmPaces = (action: string) => SsmPace;

/** One pace an operation: AWS throttles each for itself, and publishes no rates. */
export function ssmPaces(clock: Clock): SsmPaces {
  const paces = new Map<string, SsmPace>();
  return (action) => {
    const pace = paces.get(action) ?? new SsmPace(clock);
    paces.set(action, pace);
    return pace;
  };
}

/**
 * Finds the rate of one operation by SSM's own answers. It begins with eight calls at once. After a throttled call it makes as many a second as SSM
 * took before, less a share, and again a little more each second. Forty functions in one account come to its rate.
 */
class SsmPace {
  readonly #clock: Clock;
  readonly #waiting: (() => void)[] = [];
  readonly #lastSecond: number[] = [];
  #running = 0;
  #perSecond = Number.POSITIVE_INFINITY;
  #next = 0;
  #slowedAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Makes one call in its turn. @param isThrottled of what it threw */
  async run<T>(call: () => Promise<T>, isThrottled: (error: unknown) => boolean, signal: AbortSignal): Promise<T> {
    await this.#turn(signal);
    const began = this.#now;
    try {
      const answer = await call();
      this.#granted();
      return answer;
    } catch (error) {
      if (isThrottled(error)) this.#throttled(began);
      throw error;
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  get #now(): number {
    return this.#clock.now().getTime();
  }

  async #turn(signal: AbortSignal): Promise<void> {
    while (this.#running >= callsAtOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;

    const pause = this.#next - this.#now;
    this.#next = Math.max(this.#now, this.#next) + 1_000 / this.#perSecond;
    if (pause > 0) await slept(this.#clock, pause, signal);
  }

  #granted(): void {
    this.#lastSecond.push(this.#now);
    this.#perSecond += gained;
  }

  /** Calls that began before the pace slowed down say nothing new. */
  #throttled(began: number): void {
    if (began <= this.#slowedAt) return;
    this.#slowedAt = this.#now;
    while ((this.#lastSecond[0] ?? this.#now) < this.#now - 1_000) this.#lastSecond.shift();
    const taken = Math.max(1, this.#lastSecond.length);
    this.#perSecond = Math.max(slowestPerSecond, Math.min(this.#perSecond, taken) * kept);
  }
}
