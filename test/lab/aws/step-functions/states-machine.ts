import { type Definition, parseDefinition } from './states-definition.ts';
import { contextOf, runStates } from './states-run.ts';
import type { Ended, HistoryEvent, MapRunRecord, Position, StatesWorld } from './states-world.ts';

/** A state machine of the lab: interprets exactly what states-definition.ts knows. */
export class StatesMachine {
  readonly arn: string;
  readonly #definition: Definition;
  readonly #world: StatesWorld;

  /** @param definition the JSON of Amazon States Language; refused when anything in it is unknown */
  constructor({
    arn,
    definition,
    world,
  }: {
    readonly arn: string;
    readonly definition: unknown;
    readonly world: StatesWorld;
  }) {
    this.arn = arn;
    this.#definition = parseDefinition(definition);
    this.#world = world;
  }

  /** Starts an execution, which runs on its own: await `finished`. */
  start(name: string, input: unknown): StatesExecution {
    return new StatesExecution({ name, input, machineArn: this.arn, definition: this.#definition, world: this.#world });
  }
}

interface Started {
  readonly name: string;
  readonly input: unknown;
  readonly machineArn: string;
  readonly definition: Definition;
  readonly world: StatesWorld;
}

export class StatesExecution {
  readonly name: string;
  readonly arn: string;
  readonly input: unknown;
  readonly startedAt: Date;
  readonly history: HistoryEvent[] = [];
  /** By the name of the Map state. */
  readonly mapRuns = new Map<string, MapRunRecord>();
  stoppedAt?: Date;
  /** Resolves when the execution has ended, however; again after each redrive. */
  finished: Promise<Ended>;
  #ended: Ended | undefined;
  readonly #started: Started;
  #stop = new AbortController();

  constructor(started: Started) {
    const { name, input, machineArn, world, definition } = started;
    this.#started = started;
    this.name = name;
    this.arn = `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`;
    this.input = input;
    this.startedAt = world.clock.now();
    this.finished = this.#run({ state: definition.StartAt, input });
  }

  get status(): 'RUNNING' | Ended['status'] {
    return this.#ended?.status ?? 'RUNNING';
  }

  /** State transitions so far, the children's too, as Step Functions charges them: every state entered, and every retry. */
  get transitions(): number {
    return this.history.filter(({ event }) => event !== 'failed').length;
  }

  /** As StopExecution: what runs is left alone, what it answers is not heard. */
  stop(): void {
    this.#stop.abort();
  }

  /**
   * As RedriveExecution: goes on at the state that failed, with its input; a Map run only with children that did not succeed.
   * Not confirmed against live AWS.
   */
  redrive(): Promise<Ended> {
    if (!this.#ended || this.#ended.status === 'SUCCEEDED')
      throw new Error(`execution ${this.name} is ${this.status} and cannot be redriven`);
    const { position } = this.#ended;
    this.#ended = undefined;
    this.#stop = new AbortController();
    this.finished = this.#run(position);
    return this.finished;
  }

  async #run(position: Position): Promise<Ended> {
    const { world, machineArn, definition } = this.#started;
    const { name, arn, input, startedAt, history, mapRuns } = this;
    const underWay = new Set<Promise<unknown>>();
    const seconds = definition.TimeoutSeconds;

    const ended = await runStates(definition, position, {
      world,
      arn,
      machineArn,
      context: contextOf({ name, arn, input, startedAt, machineArn }),
      history,
      mapRuns,
      underWay,
      signal: this.#stop.signal,
      ...(seconds && { deadline: new Date(world.clock.now().getTime() + seconds * 1_000) }),
    });
    // Functions whose execution was stopped still run; the lab may only be closed after them.
    await Promise.allSettled(underWay);
    this.#ended = ended;
    this.stoppedAt = world.clock.now();
    return ended;
  }
}
