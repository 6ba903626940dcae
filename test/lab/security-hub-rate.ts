import { LabError } from './service.ts';

const rates: Readonly<Record<string, { readonly perSecond: number; readonly burst: number }>> = {
  GetFindings: { perSecond: 3, burst: 6 },
};
const usual = { perSecond: 10, burst: 30 };

/** Token buckets by account, Region and operation, with the rates of the service model. */
export class SecurityHubRate {
  readonly #clock: () => number;
  readonly #buckets = new Map<string, { readonly tokens: number; readonly at: number }>();

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  take({
    accountId,
    region,
    operation,
  }: {
    readonly accountId: string;
    readonly region: string;
    readonly operation: string;
  }): void {
    const { perSecond, burst } = rates[operation] ?? usual;
    const key = `${accountId} ${region} ${operation}`;
    const now = this.#clock();
    const before = this.#buckets.get(key) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, before.tokens + ((now - before.at) * perSecond) / 1000);
    // Whoever keeps to the exact rate must not fail by a rounding error.
    const granted = tokens >= 1 - 1e-6;

    this.#buckets.set(key, { tokens: granted ? tokens - 1 : tokens, at: now });
    if (!granted) throw new LabError('TooManyRequestsException', 'Too Many Requests', 429);
  }
}
