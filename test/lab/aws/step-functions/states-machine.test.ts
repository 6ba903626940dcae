import { beforeEach, describe, expect, it } from 'vitest';
import { StatesMachine } from './states-machine.ts';
import type { FunctionAnswer } from './states-world.ts';

// What organization/run.test.ts shows with the deployed definition is not repeated here: a retry, a redrive, the files of a Map.

const functions = new Map<string, (payload: never) => FunctionAnswer | Promise<FunctionAnswer>>();
let slept: number[] = [];
let items = '';
beforeEach(() => {
  slept = [];
  functions.clear();
  functions.set('echo', (payload) => ({ value: payload }));
});

const world = {
  random: () => 0.5,
  clock: {
    now: () => new Date(),
    sleep: async (milliseconds: number) => void slept.push(milliseconds),
  },
  objects: { get: async () => items, put: async () => undefined },
  invoke: async (name: string, payload: unknown) => {
    const answering = functions.get(name);
    if (!answering) throw new Error(`no function ${name}`);
    return answering(payload as never);
  },
};

const task = (more: object = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Parameters: { FunctionName: 'echo', Payload: { 'all.$': '$' } },
  OutputPath: '$.Payload',
  End: true,
  ...more,
});
const start = (States: object, input: unknown = {}) =>
  new StatesMachine({
    arn: 'arn:aws:states:eu-west-1:111122223333:stateMachine:Runs',
    world,
    definition: { StartAt: Object.keys(States)[0], States },
  }).start('run-1', input);
const run = (States: object, input?: unknown) => start(States, input).finished;

describe('a Task', () => {
  it('leads to the state of the first catcher that names the error, with the error beside its input, once no retry is left', async () => {
    functions.set('fails', ({ all }: { all: { before?: unknown } }) => ({
      error: { name: all.before ? 'Worse' : 'Bad', message: 'no' },
    }));
    const fails = { Parameters: { FunctionName: 'fails', Payload: { 'all.$': '$' } } };
    const retrier = { ErrorEquals: ['Bad'], IntervalSeconds: 30, MaxAttempts: 3, BackoffRate: 2, MaxDelaySeconds: 50 };
    const States = {
      First: task({
        ...fails,
        Retry: [retrier],
        Catch: [{ ErrorEquals: ['Bad'], ResultPath: '$.before', Next: 'Second' }],
      }),
      Second: task({
        ...fails,
        Catch: [
          { ErrorEquals: ['Bad'], Next: 'Second' },
          { ErrorEquals: ['States.ALL'], ResultPath: '$.before', Next: 'Last' },
        ],
      }),
      Last: task(),
    };
    const cause = JSON.stringify({ errorType: 'Worse', errorMessage: 'no' });
    expect(await run(States, { in: 1 })).toEqual({
      status: 'SUCCEEDED',
      output: { all: { in: 1, before: { Error: 'Worse', Cause: cause } } },
    });
    expect(slept).toEqual([30_000, 50_000, 50_000]);
  });

  it('fails when a path leads nowhere, or its answer is more than a state may hold', async () => {
    const Parameters = { FunctionName: 'echo', Payload: { 'x.$': '$.missing' } };
    expect(await run({ Only: task({ Parameters }) })).toMatchObject({ error: 'States.ParameterPathFailure' });
    functions.set('echo', () => ({ value: 'x'.repeat(262_144) }));
    expect(await run({ Only: task() })).toMatchObject({ error: 'States.DataLimitExceeded' });
  });
});

describe('a Distributed Map', () => {
  const map = (more: object = {}) => ({
    Type: 'Map',
    ItemReader: {
      Resource: 'arn:aws:states:::s3:getObject',
      ReaderConfig: { InputType: 'JSONL' },
      Parameters: { Bucket: 'b', Key: 'items.jsonl' },
    },
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: 'One',
      States: { One: task({ Parameters: { FunctionName: 'item', Payload: { 'n.$': '$.n' } } }) },
    },
    ResultWriter: { Resource: 'arn:aws:states:::s3:putObject', Parameters: { Bucket: 'b', Prefix: 'out' } },
    ResultPath: null,
    End: true,
    ...more,
  });
  const itemsOf = (count: number) => Array.from({ length: count }, (_, n) => `{"n":${n}}\n`).join('');
  const defect = { error: { name: 'Defect', message: 'broken' } };
  const exceeded = 'States.ExceedToleratedFailureThreshold';

  it.each([
    ['nothing is tolerated unless said', {}, 1, exceeded],
    ['a percentage is tolerated up to it', { ToleratedFailurePercentage: 20 }, 2, undefined],
    ['a percentage is not tolerated beyond it', { ToleratedFailurePercentage: 20 }, 3, exceeded],
    ['all failing is fine at 100', { ToleratedFailurePercentage: 100 }, 10, undefined],
  ])('%s', async (_what, tolerance, broken, error) => {
    items = itemsOf(10);
    functions.set('item', ({ n }: { n: number }) => (n < broken ? defect : { value: n }));
    const ended = await run({ All: map({ MaxConcurrency: 1, ...tolerance }) });
    expect(ended.status === 'FAILED' ? ended.error : undefined).toBe(error);
  });

  it('stops the children under way when too many failed, and begins no other', async () => {
    items = itemsOf(5);
    const release = Promise.withResolvers<FunctionAnswer>();
    functions.set('item', async ({ n }: { n: number }) => {
      if (n === 0) return release.promise;
      if (n === 1) return { value: 'done' };
      setTimeout(() => release.resolve({ value: 'too late' }), 20);
      return defect;
    });
    const execution = start({ All: map({ MaxConcurrency: 2 }) });

    expect(await execution.finished).toMatchObject({ error: exceeded });
    const children = [...execution.mapRuns.values()].flatMap((each) => each.children);
    expect(children.map(({ status }) => status)).toEqual(['ABORTED', 'SUCCEEDED', 'FAILED', 'PENDING', 'PENDING']);
  });
});

describe('a definition with something unknown', () => {
  const parameters = (more: object) => ({ Only: task({ Parameters: { FunctionName: 'f', Payload: {}, ...more } }) });
  const retry = (more: object) => ({ Only: task({ Retry: [{ ErrorEquals: ['A'], ...more }] }) });
  const isPresent = [{ Variable: '$.x', IsPresent: true, Next: 'Only' }];

  it.each([
    ['a state type', { Only: { Type: 'Wait', Seconds: 1, End: true } }, "state 'Only' is of type 'Wait'"],
    ['a field of a state', { Only: task({ HeartbeatSeconds: 5 }) }, "the field 'HeartbeatSeconds'"],
    ['a service', { Only: task({ Resource: 'arn:aws:states:::sqs:sendMessage' }) }, 'sqs:sendMessage'],
    ['a field of Parameters', parameters({ Qualifier: '1' }), "'Parameters.Qualifier'"],
    ['a path form', { Only: task({ OutputPath: '$.list[0]' }) }, "the path '$.list[0]'"],
    ['a path of a template', parameters({ Payload: { a: { 'x.$': '$..y' } } }), '"$..y"'],
    ['an intrinsic function', parameters({ Payload: { 'x.$': 'States.UUID()' } }), 'States.UUID()'],
    ['a retried error', retry({ ErrorEquals: ['States.ALL'] }), "the error name 'States.ALL'"],
    ['a field of a retrier', retry({ Jitter: 1 }), "'Retry.0.Jitter'"],
    ['a comparison', { Only: { Type: 'Choice', Choices: isPresent } }, "'Choices.0.IsPresent'"],
    ['a next state', { Only: task({ End: undefined, Next: 'Nowhere' }) }, "leads to 'Nowhere'"],
    ['no end', { Only: task({ End: undefined }) }, 'must have either Next or End'],
  ])('is refused: %s', (_what, states, message) => {
    expect(() => start(states)).toThrow(message);
  });
});
