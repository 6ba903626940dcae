import {
  type ChoiceState,
  type Definition,
  type MapState,
  type State,
  statesOf,
  type TaskState,
} from './states-definition.ts';
import { StatesError, withinLimit } from './states-error.ts';
import { MapRun } from './states-map.ts';
import { type Attempts, retryOf } from './states-retry.ts';
import { at, filled, placed, type Scope } from './states-template.ts';
import type { Child, Ended, MapRunRecord, Position, Run } from './states-world.ts';

/** Runs the states from this position until one ends, fails or is stopped. */
export async function runStates(definition: Definition, from: Position, run: Run): Promise<Ended> {
  let position = from;

  for (;;) {
    const state = definition.States[position.state];
    if (!state) throw new Error(`there is no state '${position.state}'`);
    run.history.push({ state: position.state, event: 'entered' });

    try {
      const { output, next } = await step(state, position, run);
      if (next === undefined) return { status: 'SUCCEEDED', output };
      position = { state: next, input: output };
    } catch (error) {
      if (run.signal.aborted) return { status: 'ABORTED', position };
      if (!(error instanceof StatesError)) throw error;
      const catcher = state.Type === 'Task' ? state.Catch.find(isFor(error)) : undefined;
      if (catcher) {
        run.history.push({ state: position.state, event: 'caught', error: error.error });
        const output = { Error: error.error, Cause: error.causeText };
        position = { state: catcher.Next, input: placed(position.input, catcher.ResultPath, output) };
        continue;
      }
      run.history.push({ state: position.state, event: 'failed', error: error.error });
      return { status: 'FAILED', error: error.error, cause: error.causeText, position };
    }
  }
}

/** `States.ALL` catches these by no name. */
const terminal = ['States.DataLimitExceeded', 'States.Runtime'];

const isFor =
  ({ error }: StatesError) =>
  ({ ErrorEquals }: TaskState['Catch'][number]): boolean =>
    ErrorEquals.includes(error) || (ErrorEquals.includes('States.ALL') && !terminal.includes(error));

type Stepped = { readonly output: unknown; readonly next: string | undefined };

async function step(state: State, { state: name, input }: Position, run: Run): Promise<Stepped> {
  withinLimit(input, `input of state '${name}'`);
  const scope: Scope = { input, context: { ...run.context, State: { Name: name } } };
  if (state.Type === 'Choice') return { output: input, next: chosen(state, scope) };

  if (state.Type === 'Map') {
    await mapResult(state, { name, scope }, run);
    return { output: input, next: state.Next };
  }
  const result = await withRetries(state, name, run, () => taskResult(state, scope, run));
  withinLimit(result, `result of state '${name}'`);
  const output = state.ResultPath === null ? input : result;
  return { output: at(state.OutputPath ?? '$', { ...scope, input: output }), next: state.Next };
}

function chosen({ Choices, Default }: ChoiceState, scope: Scope): string {
  const match = Choices.find(({ Variable, NumericGreaterThan }) => {
    const value = at(Variable, scope);
    return typeof value === 'number' && value > NumericGreaterThan;
  });
  return match?.Next ?? Default;
}

async function withRetries<T>(
  { Retry }: Pick<TaskState, 'Retry'>,
  name: string,
  run: Run,
  attempt: () => Promise<T>,
): Promise<T> {
  let attempts: Attempts = new Map();

  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof StatesError) || run.signal.aborted) throw error;
      const retry = retryOf(Retry, { error: error.error, attempts, random: run.world.random });
      if (!retry.again) throw error;

      attempts = retry.attempts;
      await run.world.clock.sleep(retry.afterSeconds * 1_000, run.signal);
      run.history.push({ state: name, event: 'retried', error: error.error });
    }
  }
}

async function taskResult(state: TaskState, scope: Scope, run: Run): Promise<unknown> {
  const { FunctionName, Payload } = state.Parameters;
  const payload = withinLimit(filled(Payload, scope), 'payload');

  const invocation = run.world.invoke(FunctionName, payload);
  run.underWay.add(invocation);
  const answer = await unlessStopped(
    invocation.finally(() => run.underWay.delete(invocation)),
    run.signal,
  );

  if ('error' in answer) {
    const { name, message } = answer.error;
    throw new StatesError(name, JSON.stringify({ errorType: name, errorMessage: message }));
  }
  return { ExecutedVersion: '$LATEST', Payload: answer.value ?? null, StatusCode: 200 };
}

/** Step Functions does not wait for the function of a child that it stops. */
function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const stop = () => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  return promise;
}

/** A Map run that failed before and is redriven goes on; any other begins anew. */
function mapResult(
  state: MapState,
  { name, scope }: { readonly name: string; readonly scope: Scope },
  run: Run,
): Promise<void> {
  const before = run.mapRuns.get(name);
  const mapRun =
    before?.status === 'FAILED' ? before.redriven() : new MapRun({ ...state, Label: state.Label ?? name }, scope, run);
  run.mapRuns.set(name, mapRun);
  return mapRun.run((child, signal) => runChild(statesOf(state.ItemProcessor), { child, mapRun, signal }, run));
}

async function runChild(
  definition: Definition,
  { child, mapRun, signal }: { readonly child: Child; readonly mapRun: MapRunRecord; readonly signal: AbortSignal },
  run: Run,
): Promise<Ended> {
  return runStates(definition, child.position ?? { state: definition.StartAt, input: child.input }, {
    ...run,
    arn: child.arn,
    machineArn: mapRun.childMachineArn,
    context: contextOf(child, mapRun.childMachineArn),
    mapRuns: new Map(),
    signal,
  });
}

/** The context object: what of it our definition could read. */
export const contextOf = (
  { name, arn, input, startedAt }: Pick<Child, 'name' | 'arn' | 'input' | 'startedAt'>,
  machineArn: string,
) => ({
  Execution: { Id: arn, Input: input, Name: name, StartTime: startedAt?.toISOString() },
  StateMachine: { Id: machineArn, Name: machineArn.split(':').at(-1) },
});
