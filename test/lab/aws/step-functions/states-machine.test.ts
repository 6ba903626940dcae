import { beforeEach, describe, expect, it } from 'vitest';
import { StatesMachine } from './states-machine.ts';
import type { FunctionAnswer, StatesWorld } from './states-world.ts';

const machineArn = 'arn:aws:states:eu-west-1:111122223333:stateMachine:Runs';
const invokeService = 'arn:aws:states:::lambda:invoke';

/** Functions, objects and a clock, by hand. */
class FakeWorld implements StatesWorld {
  readonly stored = new Map<string, string>();
  readonly invocations: { readonly name: string; readonly payload: unknown }[] = [];
  readonly slept: number[] = [];
  readonly functions = new Map<string, (payload: never) => FunctionAnswer | Promise<FunctionAnswer>>();
  running = 0;
  mostRunning = 0;
  #now = Date.parse('2026-11-25T05:00:00Z');

  readonly random = () => 0.5;
  readonly clock = {
    now: () => new Date(this.#now),
    sleep: async (milliseconds: number, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      this.slept.push(milliseconds);
      this.#now += milliseconds;
    },
  };
  readonly objects = {
    get: async (bucket: string, key: string) => {
      const found = this.stored.get(`${bucket}/${key}`);
      if (found === undefined) throw new Error('NoSuchKey');
      return found;
    },
    put: async (bucket: string, key: string, body: string) => void this.stored.set(`${bucket}/${key}`, body),
  };

  async invoke(name: string, payload: unknown): Promise<FunctionAnswer> {
    this.invocations.push({ name, payload });
    const answering = this.functions.get(name);
    if (!answering) throw new Error(`no function ${name}`);
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    await Promise.resolve();
    try {
      return await answering(payload as never);
    } finally {
      this.running -= 1;
    }
  }

  json(key: string): unknown {
    return JSON.parse(this.stored.get(key) ?? 'null');
  }
}

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld();
  world.functions.set('echo', (payload) => ({ value: payload }));
});

const task = (more: object = {}) => ({
  Type: 'Task',
  Resource: invokeService,
  Parameters: { FunctionName: 'echo', Payload: { 'all.$': '$' } },
  OutputPath: '$.Payload',
  End: true,
  ...more,
});

const machineOf = (States: object, more: object = {}) =>
  new StatesMachine({
    arn: machineArn,
    world,
    definition: { StartAt: Object.keys(States)[0], States, ...more },
  });

const run = (States: object, input: unknown = {}) => machineOf(States).start('run-1', input).finished;

describe('a Task', () => {
  it('fails the execution under the name of what its function threw', async () => {
    world.functions.set('echo', () => ({ error: { name: 'OperatorError', message: 'no role' } }));
    expect(await run({ Only: task() })).toMatchObject({
      status: 'FAILED',
      error: 'OperatorError',
      cause: JSON.stringify({ errorType: 'OperatorError', errorMessage: 'no role' }),
    });
  });

  it('leads to the state of the first catcher that names the error, with the error beside its input, once no retry is left', async () => {
    world.functions.set('fails', ({ all }: { all: { times?: number; before?: unknown } }) => ({
      error: { name: all.before ? 'Worse' : 'Bad', message: 'no' },
    }));
    const fails = { Parameters: { FunctionName: 'fails', Payload: { 'all.$': '$' } } };
    const States = {
      First: task({
        ...fails,
        Retry: [{ ErrorEquals: ['Bad'], MaxAttempts: 2 }],
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
    expect(world.slept).toHaveLength(2);
  });

  it('fails when a path leads nowhere', async () => {
    const Parameters = { FunctionName: 'echo', Payload: { 'x.$': '$.missing' } };
    expect(await run({ Only: task({ Parameters }) })).toMatchObject({ error: 'States.ParameterPathFailure' });
  });

  it('fails when its answer is more than a state may hold, and no retry helps', async () => {
    world.functions.set('echo', () => ({ value: 'x'.repeat(262_144) }));
    expect(await run({ Only: task() })).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });
});

describe('Retry', () => {
  const failing = (times: number) => {
    let left = times;
    world.functions.set('echo', () => {
      left -= 1;
      return left >= 0 ? { error: { name: 'Throttled', message: '' } } : { value: 'at last' };
    });
  };
  const retrier = { ErrorEquals: ['Throttled'], IntervalSeconds: 30, MaxAttempts: 4, BackoffRate: 2 };

  it('waits longer each time, up to MaxDelaySeconds', async () => {
    failing(4);
    expect(await run({ Only: task({ Retry: [{ ...retrier, MaxDelaySeconds: 100 }] }) })).toMatchObject({
      output: 'at last',
    });
    expect(world.slept).toEqual([30_000, 60_000, 100_000, 100_000]);
  });

  it('gives up after MaxAttempts', async () => {
    failing(9);
    expect(await run({ Only: task({ Retry: [{ ...retrier, MaxAttempts: 2 }] }) })).toMatchObject({
      error: 'Throttled',
    });
    expect(world.invocations.length).toBe(3);
  });
});

describe('a Choice', () => {
  const states = {
    Any: {
      Type: 'Choice',
      Choices: [{ Variable: '$.items', NumericGreaterThan: 0, Next: 'Some' }],
      Default: 'None',
    },
    Some: task({ Parameters: { FunctionName: 'echo', Payload: { went: 'some' } } }),
    None: task({ Parameters: { FunctionName: 'echo', Payload: { went: 'none' } } }),
  };

  it('takes no text for a number', async () => {
    expect(await run(states, { items: '1' })).toMatchObject({ output: { went: 'none' } });
  });
});

describe('a Distributed Map', () => {
  const map = (more: object = {}, processor: object = {}) => ({
    Type: 'Map',
    Label: 'Items',
    ItemReader: {
      Resource: 'arn:aws:states:::s3:getObject',
      ReaderConfig: { InputType: 'JSONL' },
      Parameters: { Bucket: 'b', 'Key.$': '$.key' },
    },
    ItemSelector: { 'run.$': '$.run', 'item.$': '$$.Map.Item.Value', 'index.$': '$$.Map.Item.Index' },
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: 'One',
      States: {
        One: task({ Parameters: { FunctionName: 'item', Payload: { 'of.$': '$' } }, ...processor }),
      },
    },
    ResultWriter: { Resource: 'arn:aws:states:::s3:putObject', Parameters: { Bucket: 'b', Prefix: 'out' } },
    ResultPath: null,
    End: true,
    ...more,
  });
  const input = { key: 'items.jsonl', run: 'r' };
  const defect = { error: { name: 'Defect', message: 'broken' } };

  const items = (count: number) =>
    world.stored.set('b/items.jsonl', Array.from({ length: count }, (_, n) => `{"n":${n}}\n`).join(''));
  /** Fails for these items, as long as they are in the set. */
  const failFor = (broken: Set<number>) =>
    world.functions.set('item', ({ of }: { of: { item: { n: number } } }) =>
      broken.has(of.item.n) ? defect : { value: { n: of.item.n } },
    );
  const manifestOf = (): { readonly ResultFiles: Record<string, readonly { Key: string; Size: number }[]> } => {
    const key = [...world.stored.keys()].find((each) => each.endsWith('/manifest.json')) ?? '';
    return world.json(key) as never;
  };

  it('runs at most MaxConcurrency of them at once', async () => {
    items(20);
    failFor(new Set());
    await run({ All: map({ MaxConcurrency: 4 }) }, input);
    expect(world.mostRunning).toBe(4);
    expect(world.invocations.length).toBe(20);
  });

  it.each([
    ['nothing is tolerated unless said', {}, 1, 'States.ExceedToleratedFailureThreshold'],
    ['a percentage is tolerated up to it', { ToleratedFailurePercentage: 20 }, 2, undefined],
    [
      'a percentage is not tolerated beyond it',
      { ToleratedFailurePercentage: 20 },
      3,
      'States.ExceedToleratedFailureThreshold',
    ],
    ['all failing is fine at 100', { ToleratedFailurePercentage: 100 }, 10, undefined],
  ])('%s', async (_what, tolerance, broken, error) => {
    items(10);
    failFor(new Set(Array.from({ length: broken }, (_, n) => n)));
    const ended = await run({ All: map({ MaxConcurrency: 1, ...tolerance }) }, input);
    expect(ended.status === 'FAILED' ? ended.error : undefined).toBe(error);
  });

  it('stops the children under way when too many failed, begins no other, and still writes what became of all', async () => {
    items(5);
    const release = Promise.withResolvers<FunctionAnswer>();
    world.functions.set('item', async ({ of }: { of: { item: { n: number } } }) => {
      if (of.item.n === 0) return release.promise;
      if (of.item.n === 1) return { value: 'done' };
      setTimeout(() => release.resolve({ value: 'too late' }), 20);
      return defect;
    });
    const execution = machineOf({ All: map({ MaxConcurrency: 2 }) }).start('run-1', input);

    expect(await execution.finished).toMatchObject({ error: 'States.ExceedToleratedFailureThreshold' });
    const children = [...execution.mapRuns.values()].flatMap((each) => each.children);
    expect(children.map(({ status }) => status)).toEqual(['ABORTED', 'SUCCEEDED', 'FAILED', 'PENDING', 'PENDING']);
    const { FAILED, PENDING } = manifestOf().ResultFiles;
    expect(world.json(`b/${FAILED?.[0]?.Key}`)).toHaveLength(2);
    expect(world.json(`b/${PENDING?.[0]?.Key}`)).toHaveLength(2);
  });

  it.each([
    ['is not there', undefined],
    ['is no JSON', '{"n":0}\nnonsense\n'],
  ])('fails when its list of items %s', async (_what, text) => {
    if (text !== undefined) world.stored.set('b/items.jsonl', text);
    expect(await run({ All: map() }, input)).toMatchObject({ error: 'States.ItemReaderFailed' });
  });
});

describe('an execution that is stopped', () => {
  it('is aborted, and hears nothing more', async () => {
    const release = Promise.withResolvers<FunctionAnswer>();
    world.functions.set('echo', () => release.promise);
    const execution = machineOf({ First: task({ End: undefined, Next: 'Second' }), Second: task() }).start('run-1', {});
    execution.stop();
    release.resolve({ value: 1 });
    expect(await execution.finished).toMatchObject({ status: 'ABORTED' });
    expect(execution.status).toBe('ABORTED');
  });
});

describe('a definition with something unknown', () => {
  const retry = (more: object) => ({ Only: task({ Retry: [{ ErrorEquals: ['A'], ...more }] }) });

  it.each([
    ['a state type', { Only: { Type: 'Wait', Seconds: 1, End: true } }, "state 'Only' is of type 'Wait'"],
    [
      'a field of a state',
      { Only: task({ HeartbeatSeconds: 5 }) },
      "state 'Only' cannot be interpreted: the field 'HeartbeatSeconds'",
    ],
    [
      'a service',
      { Only: task({ Resource: 'arn:aws:states:::sqs:sendMessage' }) },
      "'arn:aws:states:::sqs:sendMessage'",
    ],
    [
      'a field of Parameters',
      { Only: task({ Parameters: { FunctionName: 'f', Payload: {}, Qualifier: '1' } }) },
      "'Parameters.Qualifier'",
    ],
    ['a path form', { Only: task({ OutputPath: '$.list[0]' }) }, "the path '$.list[0]'"],
    [
      'a path of a template',
      { Only: task({ Parameters: { FunctionName: 'f', Payload: { a: { 'x.$': '$..y' } } } }) },
      '"$..y"',
    ],
    [
      'an intrinsic function',
      { Only: task({ Parameters: { FunctionName: 'f', Payload: { 'x.$': 'States.UUID()' } } }) },
      'States.UUID()',
    ],
    ['a retried error', retry({ ErrorEquals: ['States.ALL'] }), "the error name 'States.ALL'"],
    ['a field of a retrier', retry({ Jitter: 1 }), "'Retry.0.Jitter'"],
    [
      'a comparison',
      { Only: { Type: 'Choice', Choices: [{ Variable: '$.x', IsPresent: true, Next: 'Only' }] } },
      "'Choices.0.IsPresent'",
    ],
    ['a next state', { Only: task({ End: undefined, Next: 'Nowhere' }) }, "leads to 'Nowhere'"],
    ['no end', { Only: task({ End: undefined }) }, 'must have either Next or End'],
  ])('is refused: %s', (_what, states, message) => {
    expect(() => machineOf(states)).toThrow(message);
  });
});
