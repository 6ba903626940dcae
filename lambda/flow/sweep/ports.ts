import type { SweepAnswer, SweepItem } from '../../core/run/sweep.ts';
import type { HubPorts } from '../run/ports.ts';

/** What the items of a sweep leave, below `sweeps/DATE/TIME/`. Throws `OperatorError` when the store cannot be used. */
export interface SweepStore {
  answer(item: SweepItem): Promise<SweepAnswer | undefined>;
  putAnswer(answer: SweepAnswer): Promise<void>;
  /** Every answer of a sweep, in no order. */
  answers(sweepAt: string): AsyncIterable<SweepAnswer>;
}

/** What a sweep's item touches. */
export interface SweepPorts extends HubPorts {
  readonly sweeps: SweepStore;
}
