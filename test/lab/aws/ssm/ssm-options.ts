import type { Rate } from '../../wire/token-buckets.ts';
import type { SsmTiming } from './ssm-timing.ts';

export interface SsmServiceOptions {
  /** Milliseconds since 1970; the wall clock when absent. */
  readonly clock?: () => number;
  /** Waits on the same clock; rejects when the signal aborts. */
  readonly sleep?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** What calls and commands take; nothing when absent. */
  readonly timing?: SsmTiming;
  /** How many invocations of one account and Region may wait or run; one command more is canceled on all its instances. Unlimited when absent. */
  readonly mostPending?: number;
  /** Until then GetCommandInvocation knows nothing of a new command. */
  readonly visibleAfterMs?: number;
  /** How StatusDetails are written. */
  readonly spelling?: 'with spaces' | 'without spaces';
  /** Real milliseconds a second of the document's time limit and of TimeoutSeconds takes. */
  readonly millisecondsPerSecond?: number;
  /** What one account and Region may call, operation by operation; AWS publishes no numbers. Unlimited where absent. */
  readonly rates?: { readonly sendCommand?: Rate; readonly others?: Rate };
}
