import { type Definition, parseDefinition } from './states-definition.ts';
import { contextOf, runStates } from './states-run.ts';
import type { Ended, HistoryEvent, MapRunRecord, Position, StatesWorld } from './states-world.ts';

type Machine = { readonly arn: string; readonly definition: Definition; readonly world: StatesWorld };

/** A state machine of the lab: interprets exactly what states-definition.ts knows. */
export class StatesMachine {
  readonly #machine: Machine;

  /** @throws Error for a definition, as the JSON of Amazon States Language, of which anything is unknown */
  constructor({ definition, ...machine }: Omit<Machine, 'definition'> & { readonly definition: unknown }) {
    this.#machine = { ...machine, definition: parseDefinition(definition) };
  }

  /** Starts an execution, which runs on its own: await `finished`. */
  start(name: string, input: unknown): StatesExecution {
    return new StatesExecution(this.#machine, name, input);
  }
}

export class StatesExecution {
  readonly history: HistoryEvent[] = [];
  readonly mapRuns = new Map<string, MapRunRecord>();
  /** Resolves when the execution has ended, however; again after each redrive. */
  finished: Promise<Ended>;
  readonly #machine: Machine;
  readonly #child: Parameters<typeof contextOf>[0];
  #ended: Ended | undefined;

  constructor(machine: Machine, name: string, input: unknown) {
    this.#machine = machine;
    const arn = `${machine.arn.replace(':stateMachine:', ':execution:')}:${name}`;
    this.#child = { name, arn, input, startedAt: machine.world.clock.now() };
    this.finished = this.#run({ state: machine.definition.StartAt, input });
  }

  /** As RedriveExecution: goes on at the state that failed, a Map run with children that did not succeed. Not confirmed against live AWS. */
  redrive(): Promise<Ended> {
    if (!this.#ended || this.#ended.status === 'SUCCEEDED') throw new Error('the execution cannot be redriven');
    this.finished = this.#run(this.#ended.position);
    return this.finished;
  }

  async #run(position: Position): Promise<Ended> {
    const { world, arn: machineArn, definition } = this.#machine;
    const underWay = new Set<Promise<unknown>>();
    this.#ended = await runStates(definition, position, {
      world,
      arn: this.#child.arn,
      machineArn,
      context: contextOf(this.#child, machineArn),
      history: this.history,
      mapRuns: this.mapRuns,
      underWay,
      signal: new AbortController().signal,
    });
    // Functions whose execution was stopped still run; the lab may only be closed after them.
    await Promise.allSettled(underWay);
    return this.#ended;
  }
}
