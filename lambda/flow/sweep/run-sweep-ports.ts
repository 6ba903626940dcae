import type { Place, Problem } from '../../core/model/model.ts';
import type { Result } from '../../core/model/result.ts';
import type { CensusRecord } from '../../core/run/census-record.ts';
import type { SeenMachine } from '../../core/run/sweeps/decide-sweep.ts';
import type { SweepState } from '../../core/run/sweeps/sweep-state.ts';
import type { Clock, Log } from '../ports.ts';
import type { Metrics, RunStore, Runs } from '../run/ports.ts';
import type { SweepStore } from './ports.ts';

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

/** What a sweep over accounts and Regions touches. */
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
