/** How many calls a service takes: so many a second, and so many at once. */
export type Rate = { readonly perSecond: number; readonly burst: number };

/** Token buckets, as AWS throttles: full at first, filled again with time. A call that is refused takes nothing. */
export class TokenBuckets {
  readonly #clock: () => number;
  readonly #buckets = new Map<string, { readonly tokens: number; readonly at: number }>();

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Whether the call is granted. */
  take(key: string, { perSecond, burst }: Rate): boolean {
    const now = this.#clock();
    const before = this.#buckets.get(key) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, before.tokens + ((now - before.at) * perSecond) / 1000);
    // A client that keeps to the exact rate must not fail by a rounding error.
    const granted = tokens >= 1 - 1e-6;

    this.#buckets.set(key, { tokens: granted ? tokens - 1 : tokens, at: now });
    return granted;
  }
}
