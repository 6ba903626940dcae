import { ListExecutionsCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
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

describe('StartExecution', () => {
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

describe('ListExecutions', () => {
  it('refuses a token of another question', async () => {
    await expect(
      client().send(new ListExecutionsCommand({ stateMachineArn: machine, nextToken: 'x' })),
    ).rejects.toMatchObject({ name: 'InvalidToken' });
  });
});
