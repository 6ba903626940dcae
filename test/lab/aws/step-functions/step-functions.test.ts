import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  type ListExecutionsCommandInput,
  paginateListExecutions,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../../lab.ts';

const accountId = '111122223333';
const region = 'eu-west-1';
const machine = `arn:aws:states:${region}:${accountId}:stateMachine:EksKubeletAudit`;
const executionArn = `arn:aws:states:${region}:${accountId}:execution:EksKubeletAudit:`;

let now = Date.now();
let lab: Lab;
beforeEach(async () => {
  now = Date.now();
  lab = await startLab({ clock: () => now });
  lab.addAccount(accountId);
  lab.addAccount('444455556666');
  lab.states.putStateMachine({ arn: machine });
});
afterEach(() => lab.close());

const client = (of = accountId, at = region) =>
  new SFNClient({ endpoint: lab.endpoint, region: at, credentials: lab.credentials(of), maxAttempts: 2 });
const start = (name?: string, input?: string, by = client()) =>
  by.send(new StartExecutionCommand({ stateMachineArn: machine, name, input }));
const describeExecution = (name: string) =>
  client().send(new DescribeExecutionCommand({ executionArn: `${executionArn}${name}` }));

describe('StartExecution', () => {
  it('writes the execution into the book, and tells whoever runs it', async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    lab.states.putStateMachine({ arn: machine, onStart: resolve });

    expect(await start('20261125T050000Z', '{"a":1}')).toMatchObject({
      executionArn: `${executionArn}20261125T050000Z`,
      startDate: expect.any(Date),
    });
    expect(await promise).toMatchObject({ name: '20261125T050000Z', input: '{"a":1}', status: 'RUNNING' });
    expect(await describeExecution('20261125T050000Z')).toMatchObject({ status: 'RUNNING', input: '{"a":1}' });
  });

  it('gives a name to an execution that has none, and an empty object for no input', async () => {
    const { executionArn: arn = '' } = await start();

    expect(lab.states.execution(arn)).toMatchObject({ name: expect.stringMatching(/^[\da-f-]{36}$/), input: '{}' });
  });

  it('is the same again for the same name and input while it runs', async () => {
    const first = await start('a', '{"x":1}');

    expect(await start('a', '{"x":1}')).toMatchObject({ executionArn: first.executionArn, startDate: first.startDate });
    expect(lab.states.executions(machine)).toHaveLength(1);
    await expect(start('a', '{"x":2}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  });

  it('takes a name again 90 days after the end, not sooner', async () => {
    await start('a');
    lab.states.finish(`${executionArn}a`, 'SUCCEEDED', {});
    await expect(start('a')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });

    now += 90 * 86_400_000;
    await start('a');
    expect(lab.states.execution(`${executionArn}a`).status).toBe('RUNNING');
  });

  it.each([' ', '2026-11-25T05:00', 'a/b', 'a b', 'a\u0007', 'a*', '{a}', 'a"b', 'a#', 'a~', '\u{85}'])(
    'refuses the name %j',
    async (name) => {
      await expect(start(name)).rejects.toMatchObject({ name: 'InvalidName' });
    },
  );

  it.each(['ü', '20261125T050000Z', 'a.b', "it's(1)", 'a@b+c=d', 'x'.repeat(80)])('takes the name %j', async (name) => {
    await expect(start(name)).resolves.toBeDefined();
  });

  it.each<[name: string, call: () => Promise<unknown>]>([
    ['ValidationException', () => start('x'.repeat(81))],
    ['InvalidExecutionInput', () => start('a', '{')],
    ['ValidationException', () => start('a', JSON.stringify('x'.repeat(262_144)))],
    ['InvalidArn', () => client().send(new StartExecutionCommand({ stateMachineArn: 'EksKubeletAudit' }))],
    ['StateMachineDoesNotExist', () => client().send(new StartExecutionCommand({ stateMachineArn: `${machine}2` }))],
    ['StateMachineDoesNotExist', () => start('a', '{}', client('444455556666'))],
    ['StateMachineDoesNotExist', () => start('a', '{}', client(accountId, 'us-east-1'))],
  ])('answers %s', async (name, call) => {
    await expect(call()).rejects.toMatchObject({ name });
    expect(lab.states.executions(machine)).toEqual([]);
  });
});

describe('DescribeExecution', () => {
  it('tells how an execution ended', async () => {
    for (const name of ['a', 'b']) await start(name);
    now += 5000;
    lab.states.finish(`${executionArn}a`, 'SUCCEEDED', { nodes: 1 });
    lab.states.finish(`${executionArn}b`, 'FAILED', { error: 'States.TaskFailed', cause: 'why' });

    expect(await describeExecution('a')).toMatchObject({ status: 'SUCCEEDED', output: '{"nodes":1}' });
    expect(await describeExecution('b')).toMatchObject({
      status: 'FAILED',
      error: 'States.TaskFailed',
      cause: 'why',
      stopDate: expect.any(Date),
    });
    await expect(describeExecution('c')).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
    expect(() => lab.states.finish(`${executionArn}a`, 'ABORTED')).toThrow('ended before');
  });
});

describe('ListExecutions', () => {
  const list = async (input: Partial<ListExecutionsCommandInput> = {}, pageSize?: number) => {
    const pages: (readonly (string | undefined)[])[] = [];
    const config = { client: client(), ...(pageSize !== undefined && { pageSize }) };
    for await (const page of paginateListExecutions(config, { stateMachineArn: machine, ...input })) {
      pages.push(page.executions?.map(({ name }) => name) ?? []);
    }
    return pages;
  };

  it('gives the newest first, by status, page by page', async () => {
    for (const name of ['a', 'b', 'c']) await start(name);
    lab.states.finish(`${executionArn}b`, 'SUCCEEDED', null);

    expect(await list()).toEqual([['c', 'b', 'a']]);
    expect(await list({}, 2)).toEqual([['c', 'b'], ['a']]);
    expect(await list({ statusFilter: 'RUNNING' })).toEqual([['c', 'a']]);
    expect(await list({ statusFilter: 'SUCCEEDED' })).toEqual([['b']]);
  });

  it('refuses a token of another question', async () => {
    await expect(
      client().send(new ListExecutionsCommand({ stateMachineArn: machine, nextToken: 'x' })),
    ).rejects.toMatchObject({ name: 'InvalidToken' });
  });
});
