import { LabError } from '../../wire/service.ts';
import { type Rate, TokenBuckets } from '../../wire/token-buckets.ts';

const rates: Readonly<Record<string, Rate>> = { GetFindings: { perSecond: 3, burst: 6 } };
const usual: Rate = { perSecond: 10, burst: 30 };

/** The rates of the service model, by account, Region and operation. */
export class SecurityHubRate {
  readonly #buckets: TokenBuckets;

  constructor(clock: () => number) {
    this.#buckets = new TokenBuckets(clock);
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
    if (this.#buckets.take(`${accountId} ${region} ${operation}`, rates[operation] ?? usual)) return;
    throw new LabError('TooManyRequestsException', 'Too Many Requests', 429);
  }
}
