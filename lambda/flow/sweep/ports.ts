import type { SweepMemory } from '../../core/findings/lifecycle/sweep-memory.ts';
import type { Place } from '../../core/model/model.ts';
import type { ReportedAudit } from '../../core/model/reported-audit.ts';
import type { SweepAnswer, SweepItem } from '../../core/run/sweep.ts';
import type { RunMemory, StoredMemory } from '../ports.ts';
import type { HubPorts } from '../run/ports.ts';

/** Which item of which sweep: its machines are not part of its name. */
export type SweepItemName = Omit<SweepItem, 'machines'>;

/** What the items of a sweep leave, below `sweeps/DATE/TIME/`. Throws `OperatorError` when the store cannot be used. */
export interface SweepStore {
  answer(item: SweepItemName): Promise<SweepAnswer | undefined>;
  putAnswer(answer: SweepAnswer): Promise<void>;
  /** Every answer of a sweep, in no order. */
  answers(sweepAt: string): AsyncIterable<SweepAnswer>;
  /** What was read and judged; `undefined` when the item has left nothing. */
  result(item: SweepItemName): Promise<ReportedAudit | undefined>;
  /** Piece by piece; `false` when there is one, which stays as it is. */
  putResult(item: SweepItemName, pieces: Iterable<string>): Promise<boolean>;
  /** The same for people, beside it. */
  putPage(item: SweepItemName, pieces: Iterable<string>): Promise<void>;
  /** `s3://BUCKET/KEY` of that page. */
  pageAddress(item: SweepItemName): string;
}

/** What sweeps leave for the next run about a cluster. Throws `OperatorError` when the store cannot be used. */
export interface SweepMemoryStore extends Pick<RunMemory, 'read' | 'clusters' | 'everyCluster'> {
  /** In place of what was read: `false` when that is not what is there any more. */
  write(place: Place, cluster: string, value: SweepMemory, read: Pick<StoredMemory, 'tag'>): Promise<boolean>;
}

/** What a sweep's item touches. */
export interface SweepPorts extends Omit<HubPorts, 'memory'> {
  readonly sweeps: SweepStore;
  readonly sweepMemory: SweepMemoryStore;
  /** As runs write it, without what they have not taken over yet. */
  readonly runMemory: RunMemory;
}
