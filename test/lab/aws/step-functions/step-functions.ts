import { randomUUID } from 'node:crypto';
import { jsonOf } from '../../wire/json-of.ts';
import { pageOf } from '../../wire/pages.ts';
import { type LabCall, LabError, LabService } from '../../wire/service.ts';

type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export interface LabExecution {
  readonly arn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  readonly input: string;
  readonly status: ExecutionStatus;
  readonly startedAt: number;
  readonly stoppedAt?: number;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}

export interface LabStateMachine {
  readonly arn: string;
  /** Called for each new execution once StartExecution has answered; `finish` reports the end. Nothing catches what it throws. */
  readonly onStart?: (execution: LabExecution) => void | Promise<void>;
}

/** How an execution ends: with its output as a value, or with what went wrong. */
type ExecutionEnd =
  | readonly [status: 'SUCCEEDED', output: unknown]
  | readonly [status: 'FAILED' | 'TIMED_OUT' | 'ABORTED', why?: { readonly error?: string; readonly cause?: string }];

const day = 86_400_000;
const nameKeptFor = 90 * day;
const mostDataBytes = 262_144;

/** Step Functions keeps the book of executions and runs nothing: that is a test's own interpreter. */
export class StepFunctionsService extends LabService {
  readonly name = 'states';
  readonly #clock: () => number;
  readonly #machines = new Map<string, LabStateMachine>();
  readonly #executions = new Map<string, LabExecution>();

  constructor({ clock = Date.now }: { readonly clock?: () => number } = {}) {
    super();
    this.#clock = clock;
  }

  putStateMachine(machine: LabStateMachine): void {
    if (!machinePattern.test(machine.arn)) throw new Error(`'${machine.arn}' is no ARN of a state machine`);
    this.#machines.set(machine.arn, machine);
  }

  executions(stateMachineArn: string): readonly LabExecution[] {
    return [...this.#executions.values()].filter((execution) => execution.stateMachineArn === stateMachineArn);
  }

  execution(arn: string): LabExecution {
    const execution = this.#executions.get(arn);
    if (execution === undefined) throw new Error(`no execution '${arn}'`);
    return execution;
  }

  finish(executionArn: string, ...end: ExecutionEnd): void {
    const execution = this.execution(executionArn);
    if (execution.status !== 'RUNNING')
      throw new Error(`execution '${execution.name}' ended before, as ${execution.status}`);
    const [status, what] = end;
    const output: Partial<LabExecution> = status === 'SUCCEEDED' ? { output: JSON.stringify(what) } : { ...what };
    if (Buffer.byteLength(output.output ?? '') > mostDataBytes)
      throw new Error(`an output has at most ${mostDataBytes} bytes`);
    this.#executions.set(executionArn, { ...execution, ...output, status, stoppedAt: this.#clock() });
  }

  readonly operations = {
    StartExecution: (call: LabCall) => this.#start(call),
    ListExecutions: (call: LabCall) => this.#list(call),
    DescribeExecution: (call: LabCall) => this.#describe(call),
  };

  #start(call: LabCall): unknown {
    const machine = this.#machine(call);
    const { name = randomUUID(), input = '{}' } = call.input;
    if (typeof name !== 'string' || forbiddenInNames.test(name))
      throw new LabError('InvalidName', `Invalid Name: '${String(name)}'`);
    if (typeof input !== 'string' || jsonOf(input) === undefined || Buffer.byteLength(input) > mostDataBytes)
      throw new LabError(
        'InvalidExecutionInput',
        `Invalid State Machine Execution Input: it is no JSON of at most ${mostDataBytes} bytes`,
      );

    const arn = `${machine.arn.replace(':stateMachine:', ':execution:')}:${name}`;
    const before = this.#executions.get(arn);
    if (before !== undefined && this.#clock() - (before.stoppedAt ?? this.#clock()) < nameKeptFor) {
      if (before.status === 'RUNNING' && before.input === input) return started(before);
      throw new LabError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
    }

    const [stateMachineArn, startedAt] = [machine.arn, this.#clock()];
    const execution: LabExecution = { arn, name, stateMachineArn, input, status: 'RUNNING', startedAt };
    this.#executions.delete(arn);
    this.#executions.set(arn, execution);
    // Not within the call: StartExecution answers before the first state is entered.
    if (machine.onStart !== undefined) setImmediate(() => void machine.onStart?.(execution));
    return started(execution);
  }

  #list(call: LabCall): unknown {
    const { statusFilter, maxResults, nextToken } = call.input;
    const machine = this.#machine(call);
    const found = this.executions(machine.arn)
      .filter(({ status }) => statusFilter === undefined || status === statusFilter)
      .toReversed();
    const { page, next } = pageOf(found, 'nextToken', {
      size: maxResults || undefined,
      token: nextToken,
      usual: 100,
      question: `${machine.arn} ${String(statusFilter ?? '')}`,
      badToken: 'InvalidToken',
    });
    return {
      executions: page.map((execution) => ({
        executionArn: execution.arn,
        stateMachineArn: execution.stateMachineArn,
        name: execution.name,
        status: execution.status,
        ...times(execution),
      })),
      ...next,
    };
  }

  #describe(call: LabCall): unknown {
    const arn = String(call.input['executionArn']);
    const execution = isHere(arn, call) ? this.#executions.get(arn) : undefined;
    if (!execution) throw new LabError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);

    const { arn: executionArn, startedAt: _, stoppedAt: __, ...rest } = execution;
    return { executionArn, ...rest, ...times(execution) };
  }

  #machine(call: LabCall): LabStateMachine {
    const arn = String(call.input['stateMachineArn']);
    const machine = isHere(arn, call) ? this.#machines.get(arn) : undefined;
    if (!machine) throw new LabError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
    return machine;
  }
}

const machinePattern = /^arn:[\w-]+:states:[a-z\d-]+:\d{12}:stateMachine:[\w-]{1,80}$/;

/** Whitespace, brackets, wildcards, the special characters of the API reference, control characters and surrogates. */
const forbiddenInNames = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}\p{Cs}\uFFFE\uFFFF]/u;

/** Only the account and the Region of an ARN know it. */
function isHere(arn: string, { accountId, region }: LabCall): boolean {
  const [, , , arnRegion, arnAccount] = arn.split(':');
  return arnRegion === region && arnAccount === accountId;
}

const started = ({ arn, startedAt }: LabExecution): object => ({ executionArn: arn, startDate: startedAt / 1000 });

const times = ({ startedAt, stoppedAt }: LabExecution): object => ({
  startDate: startedAt / 1000,
  ...(stoppedAt !== undefined && { stopDate: stoppedAt / 1000 }),
});
