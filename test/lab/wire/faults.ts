/** What goes wrong instead of, or before, the answer. */
export type Fault =
  | { readonly kind: 'throttling' }
  | { readonly kind: 'access-denied'; readonly message?: string }
  | { readonly kind: 'error'; readonly code: string; readonly message?: string; readonly status?: number }
  | { readonly kind: 'latency'; readonly milliseconds: number }
  | { readonly kind: 'reset' }
  /** One empty page with a token for the next, as DynamoDB-backed services really answer; the token then gives the first real page. */
  | { readonly kind: 'empty-page' }
  /** An HTML page with status 502, as a proxy on the way would answer. */
  | { readonly kind: 'html' };

export interface FaultScope {
  readonly accountId?: string;
  readonly region?: string;
  /** How many calls it hits; all when absent. */
  readonly times?: number;
}

type Planned = { readonly on: string; readonly fault: Fault; readonly scope: FaultScope; left: number };

/** Faults planned for `service:Operation` (`eks:DescribeCluster`, `ssm:*`), in the order of planning. */
export class Faults {
  #planned: Planned[] = [];

  inject(on: `${string}:${string}`, fault: Fault, scope: FaultScope = {}): void {
    this.#planned.push({ on, fault, scope, left: scope.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#planned = [];
  }

  /** The faults of this call: all latencies that apply, and the first other one. Each is used up by one. */
  take(call: { service: string; operation: string; accountId: string; region: string }): readonly Fault[] {
    const taken: Fault[] = [];
    for (const planned of this.#planned.filter((candidate) => applies(candidate, call))) {
      if (planned.fault.kind !== 'latency' && taken.some((fault) => fault.kind !== 'latency')) continue;
      planned.left -= 1;
      taken.push(planned.fault);
    }
    this.#planned = this.#planned.filter(({ left }) => left > 0);
    return taken;
  }
}

function applies(
  { on, scope }: Planned,
  call: { service: string; operation: string; accountId: string; region: string },
): boolean {
  const named = on === `${call.service}:${call.operation}` || on === `${call.service}:*`;
  const account = scope.accountId === undefined || scope.accountId === call.accountId;
  const region = scope.region === undefined || scope.region === call.region;
  return named && account && region;
}
