import { randomUUID } from 'node:crypto';
import type { MapState } from './states-definition.ts';
import { StatesError, withinLimit } from './states-error.ts';
import { writeResults } from './states-results.ts';
import { filled, type Scope } from './states-template.ts';
import type { Child, MapRunRecord, Run, RunChild } from './states-world.ts';

/** So many run at once when MaxConcurrency is 0. */
const mostChildren = 10_000;

/** One run of a Distributed Map: its items from S3, its children side by side, its results in S3. */
export class MapRun implements MapRunRecord {
  readonly id = randomUUID();
  readonly arn: string;
  readonly childMachineArn: string;
  readonly children: Child[] = [];
  status: MapRunRecord['status'] = 'RUNNING';
  readonly #state: MapState;
  readonly #scope: Scope;
  readonly #run: Run;

  constructor(state: MapState, scope: Scope, run: Run) {
    this.#state = state;
    this.#scope = scope;
    this.#run = run;
    this.childMachineArn = `${run.machineArn}/${state.Label}`;
    this.arn = `${this.childMachineArn.replace(':stateMachine:', ':mapRun:')}:${this.id}`;
  }

  /** The same run again: children that succeeded keep their results, all others begin where they failed. Not confirmed against live AWS. */
  redriven(): this {
    this.status = 'RUNNING';
    for (const child of this.children.filter(({ status }) => status !== 'SUCCEEDED')) {
      child.status = 'PENDING';
      delete child.error;
      delete child.cause;
    }
    return this;
  }

  /** @throws StatesError when more children failed than are tolerated; their results are written all the same */
  async run(runChild: RunChild): Promise<void> {
    if (this.children.length === 0) this.children.push(...(await this.#readChildren()));
    const exceeded = await this.#runAll(runChild);

    this.status = exceeded ? 'FAILED' : 'SUCCEEDED';
    await writeResults(this, filled(this.#state.ResultWriter.Parameters, this.#scope), this.#run.world.objects);
    if (exceeded)
      throw new StatesError(
        'States.ExceedToleratedFailureThreshold',
        'The specified tolerated failure threshold was exceeded',
      );
  }

  async #readChildren(): Promise<readonly Child[]> {
    const { ItemReader, ItemSelector } = this.#state;
    const { Bucket, Key } = filled(ItemReader.Parameters, this.#scope);

    const text = await this.#run.world.objects.get(String(Bucket), String(Key)).catch((error: unknown) => {
      throw new StatesError('States.ItemReaderFailed', `s3://${Bucket}/${Key}: ${error}`);
    });
    return text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line, index) => this.#child(withinLimit(this.#inputOf(itemOf(line, index), index, ItemSelector), 'item')));
  }

  #inputOf(value: unknown, index: number, selector: MapState['ItemSelector']): unknown {
    if (!selector) return value;
    const context = Object.assign({}, this.#scope.context, { Map: { Item: { Index: index, Value: value } } });
    return filled(selector, { ...this.#scope, context });
  }

  #child(input: unknown): Child {
    const name = randomUUID();
    const arn = `${this.childMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
    return { name, arn, input, status: 'PENDING' };
  }

  /** @returns whether more failed than are tolerated: then the children under way are stopped, and no other begins */
  async #runAll(runChild: RunChild): Promise<boolean> {
    const tooMany = new AbortController();
    const signal = AbortSignal.any([this.#run.signal, tooMany.signal]);
    const pending = this.children.filter(({ status }) => status === 'PENDING').values();

    const worker = async () => {
      for (const child of pending) {
        if (signal.aborted) return;
        await this.#runOne(child, runChild, signal);
        if (this.#tooManyFailed()) tooMany.abort();
      }
    };
    const workers = Math.min(this.#state.MaxConcurrency || mostChildren, this.children.length);
    await Promise.all(Array.from({ length: workers }, worker));
    return tooMany.signal.aborted;
  }

  async #runOne(child: Child, runChild: RunChild, signal: AbortSignal): Promise<void> {
    child.status = 'RUNNING';
    child.startedAt ??= this.#run.world.clock.now();
    const ended = await runChild(child, signal);

    child.status = ended.status;
    if (ended.status === 'SUCCEEDED') child.output = ended.output;
    else child.position = ended.position;
    if (ended.status !== 'FAILED') return;
    child.error = ended.error;
    child.cause = ended.cause;
  }

  #tooManyFailed(): boolean {
    const failed = this.children.filter(({ status }) => status === 'FAILED').length;
    return (failed / this.children.length) * 100 > (this.#state.ToleratedFailurePercentage ?? 0);
  }
}

function itemOf(line: string, index: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new StatesError('States.ItemReaderFailed', `line ${index + 1} of the items is no JSON`);
  }
}
