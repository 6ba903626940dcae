import type { SweepMemory } from '../../core/findings/lifecycle/sweep-memory.ts';
import type { Place, Problem } from '../../core/model/model.ts';
import type { ReportedAudit } from '../../core/model/reported-audit.ts';
import type { Result } from '../../core/model/result.ts';
import type { CensusRecord } from '../../core/run/census.ts';
import type { SweepAnswer, SweepItem, SweepState } from '../../core/run/sweep.ts';
import type { SeenMachine } from '../../core/run/sweeps/decide-sweep.ts';
import type { Clock, Log, MemoryStore, RunMemory } from '../ports.ts';
import type { HubPorts, Metrics, RunStore, Runs } from '../run/ports.ts';

/** Which item of which sweep: its machines are not part of its name. */
export type SweepItemName = Omit<SweepItem, 'machines'>;

/** What the items of a sweep leave, below `sweeps/DATE/TIME/`. Throws `OperatorError` when the store cannot be used. */
export interface SweepStore {
  answer(item: SweepItemName): Promise<SweepAnswer | undefined>;
  putAnswer(answer: SweepAnswer): Promise<void>;
  /** What was read and judged; `undefined` when the item has left nothing. */
  result(item: SweepItemName): Promise<ReportedAudit | undefined>;
  /** Piece by piece; `false` when there is one, which stays as it is. */
  putResult(item: SweepItemName, pieces: Iterable<string>): Promise<boolean>;
  putPage(item: SweepItemName, pieces: Iterable<string>): Promise<unknown>;
  pageAddress(item: SweepItemName): string;
}

export interface SweepMemoryStore extends MemoryStore<SweepMemory> {
  /** Removes what was read: `false` when that is not what is there any more. */
  remove(place: Place, cluster: string, read: { readonly tag?: string }): Promise<boolean>;
}

export interface SweepPorts extends Omit<HubPorts, 'memory'> {
  readonly sweeps: SweepStore;
  readonly sweepMemory: SweepMemoryStore;
  /** As runs write it, without what they have not taken over yet. */
  readonly runMemory: RunMemory;
}

/** The EC2 machines of an account's Region that carry a tag of any cluster. */
export interface Machines {
  /** Those that were launched in this time, and some from beside it. */
  launched(
    place: Place,
    when: { readonly since: Date; readonly until: Date },
    signal: AbortSignal,
  ): Promise<Result<readonly SeenMachine[], Problem>>;
  /** Those that are shutting down, or that were terminated lately. */
  ended(place: Place, signal: AbortSignal): Promise<Result<readonly SeenMachine[], Problem>>;
  /** Those with these ids, whatever their tags; one that EC2 does not list is not in the answer. */
  byId(place: Place, ids: readonly string[], signal: AbortSignal): Promise<Result<readonly SeenMachine[], Problem>>;
}

/** What one sweep leaves for the next. Throws `OperatorError` when the store cannot be used. */
export interface SweepStates {
  /** `undefined` before the first sweep. Without `state` there is an object that no sweep wrote. */
  read(): Promise<{ readonly state?: SweepState; readonly tag: string } | undefined>;
  /** Over the object with this tag, or where there is none; `false` when another sweep was faster. */
  write(state: SweepState, tag: string | undefined): Promise<boolean>;
}

/** What sweeps keep permanently about machines. */
export interface Census {
  /** One object a sweep; written once. */
  put(sweepAt: string, records: readonly CensusRecord[]): Promise<void>;
}

export interface RunSweepPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly runs: Pick<RunStore, 'lastRun' | 'discovery'>;
  readonly machines: Machines;
  readonly sweeps: Pick<SweepStore, 'answer'>;
  readonly states: SweepStates;
  readonly census: Census;
  /** Of the state machine of sweeps' items. */
  readonly executions: Pick<Runs, 'start'>;
  readonly metrics: Metrics;
}
