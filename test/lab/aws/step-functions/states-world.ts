import type { Clock } from '../../../../lambda/flow/ports.ts';

/** What a function answers: its value, or the name and words of what it threw. */
export type FunctionAnswer =
  | { readonly value: unknown }
  | { readonly error: { readonly name: string; readonly message: string } };

/** Everything that an execution touches. */
export interface StatesWorld {
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  /** 0 to below 1: the jitter. */
  readonly random: () => number;
  invoke(functionArn: string, payload: unknown): Promise<FunctionAnswer>;
  readonly objects: {
    get(bucket: string, key: string): Promise<string>;
    put(bucket: string, key: string, body: string): Promise<void>;
  };
}

/** One line of an execution's history. `entered` and `retried` are the state transitions that Step Functions charges. */
export interface HistoryEvent {
  readonly state: string;
  readonly event: 'entered' | 'retried' | 'caught' | 'failed';
  readonly error?: string;
}

/** How far an execution is, or where it continues when it is redriven. */
export type Position = { readonly state: string; readonly input: unknown };

export type Ended =
  | { readonly status: 'SUCCEEDED'; readonly output: unknown }
  | { readonly status: 'FAILED'; readonly error: string; readonly cause: string; readonly position: Position }
  | { readonly status: 'ABORTED'; readonly position: Position };

/** One execution of states: the machine's own, or a child of a Map. */
export interface Run {
  readonly world: StatesWorld;
  readonly arn: string;
  readonly machineArn: string;
  /** `$$` */
  readonly context: Readonly<Record<string, unknown>>;
  readonly history: HistoryEvent[];
  /** Map runs by the state's name; a redriven execution finds its failed one there. */
  readonly mapRuns: Map<string, MapRunRecord>;
  /** Invocations under way, also those that nobody waits for any more. */
  readonly underWay: Set<Promise<unknown>>;
  readonly signal: AbortSignal;
}

export interface Child {
  readonly name: string;
  readonly arn: string;
  readonly input: unknown;
  status: 'PENDING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED';
  output?: unknown;
  error?: string;
  cause?: string;
  startedAt?: Date;
  /** Where it goes on when it is redriven. */
  position?: Position;
}

/** Runs one child to its end; the signal stops it. */
export type RunChild = (child: Child, signal: AbortSignal) => Promise<Ended>;

export interface MapRunRecord {
  readonly id: string;
  readonly arn: string;
  readonly childMachineArn: string;
  readonly children: readonly Child[];
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED';
  /** The same run, to be gone on with. */
  redriven(): MapRunRecord;
  run(runChild: RunChild): Promise<void>;
}
