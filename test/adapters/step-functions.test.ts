import { beforeEach, describe, expect, it } from 'vitest';
import { sfnClient, stateMachineRuns } from '../../lambda/adapters/step-functions.ts';
import type { Runs } from '../../lambda/flow/run/ports.ts';
import { labOfFile } from '../lab/lab-of-file.ts';

const accountId = '111122223333';
const region = 'eu-west-1';
const name = '20261125T050000Z';
const lab = await labOfFile(accountId);
/** One of its own for each test. */
let machine = 0;
let stateMachineArn: string;
let runs: Runs;

beforeEach(() => {
  machine += 1;
  stateMachineArn = `arn:aws:states:${region}:${accountId}:stateMachine:Audit${machine}`;
  lab.faults.clear();
  lab.states.putStateMachine({ arn: stateMachineArn });
  const client = sfnClient({ region, credentials: async () => lab.credentials(accountId) });
  runs = stateMachineRuns({ client, stateMachineArn });
});
const executionArn = () => `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;

describe('stateMachineRuns', () => {
  it('starts a run by its name and knows it while it is going', async () => {
    expect(await runs.running()).toBeUndefined();
    expect(await runs.start(name, { runId: 'former' })).toBe('started');

    expect(await runs.running()).toBe(name);
    expect(lab.states.execution(executionArn()).input).toBe('{"runId":"former"}');
    lab.states.finish(executionArn(), 'SUCCEEDED', {});
    expect(await runs.running()).toBeUndefined();
  });

  it('starts none twice under one name', async () => {
    await runs.start(name, {});
    lab.states.finish(executionArn(), 'SUCCEEDED', {});

    expect(await runs.start(name, {})).toBe('already');
    expect(lab.states.executions(stateMachineArn)).toHaveLength(1);
  });

  it.each([
    ['states:ListExecutions', () => runs.running()],
    ['states:StartExecution', () => runs.start(name, {})],
  ] as const)('names the state machine when %s is not allowed', async (action, call) => {
    lab.faults.inject(action, { kind: 'access-denied' });

    await expect(call()).rejects.toMatchObject({
      code: 'state-machine-unusable',
      message: expect.stringContaining(`${action} failed on ${stateMachineArn}: AccessDenied`),
    });
  });
});
