import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sfnClient, stateMachineRuns } from '../../lambda/adapters/step-functions.ts';
import type { Runs } from '../../lambda/flow/run/ports.ts';
import { type Lab, startLab } from '../lab/lab.ts';

const accountId = '111122223333';
const region = 'eu-west-1';
const stateMachineArn = `arn:aws:states:${region}:${accountId}:stateMachine:EksKubeletAudit`;
const executionArn = (name: string) => `arn:aws:states:${region}:${accountId}:execution:EksKubeletAudit:${name}`;
const name = '20261125T050000Z';
let lab: Lab;
let runs: Runs;

beforeEach(async () => {
  lab = await startLab();
  lab.addAccount(accountId);
  lab.states.putStateMachine({ arn: stateMachineArn });
  process.env['AWS_ENDPOINT_URL'] = lab.endpoint;
  const client = sfnClient({ region, credentials: async () => lab.credentials(accountId) });
  runs = stateMachineRuns({ client, stateMachineArn });
});
afterEach(async () => {
  delete process.env['AWS_ENDPOINT_URL'];
  await lab.close();
});

describe('stateMachineRuns', () => {
  it('starts a run by its name and knows it while it is going', async () => {
    expect(await runs.running()).toBeUndefined();
    expect(await runs.start(name, { runId: 'former' })).toBe('started');

    expect(await runs.running()).toBe(name);
    expect(lab.states.execution(executionArn(name)).input).toBe('{"runId":"former"}');
    lab.states.finish(executionArn(name), 'SUCCEEDED', {});
    expect(await runs.running()).toBeUndefined();
  });

  it('starts none twice under one name', async () => {
    await runs.start(name, {});
    lab.states.finish(executionArn(name), 'SUCCEEDED', {});

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
