import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LabCall } from '../../wire/service.ts';
import { SsmService } from './ssm.ts';

const accountId = '111122223333';
const region = 'eu-central-1';
const id = (index: number) => `i-${String(index).padStart(17, '0')}`;
const document = (runCommand: readonly string[]) => ({
  schemaVersion: '2.2',
  mainSteps: [
    {
      action: 'aws:runShellScript',
      name: 'run',
      precondition: { StringEquals: ['platformType', 'Linux'] },
      inputs: { timeoutSeconds: '30', runCommand },
    },
  ],
});

let ssm: SsmService;
const call = (operation: string, input: LabCall['input']) =>
  ssm.handle({
    service: 'ssm',
    operation,
    accountId,
    region,
    principalArn: `arn:aws:iam::${accountId}:user/test`,
    input,
  });
const send = (input: LabCall['input']) => call('SendCommand', { DocumentName: 'Probe', ...input });
async function sent(input: LabCall['input']): Promise<string> {
  const answer = await send(input);
  return JSON.stringify(answer).match(/"CommandId":"([^"]+)"/)?.[1] ?? '';
}
async function ended(CommandId: string, InstanceId = id(1)): Promise<unknown> {
  for (;;) {
    await delay(30);
    const invocation = await call('GetCommandInvocation', { CommandId, InstanceId });
    if (!/"Status":"(Pending|InProgress|Delayed)"/.test(JSON.stringify(invocation))) return invocation;
  }
}

beforeEach(() => {
  ssm = new SsmService({ millisecondsPerSecond: 10 });
  ssm.putDocument(accountId, region, 'Probe', document(['echo hello']));
  ssm.registerInstance(accountId, region, { id: id(1), behaviour: { stdout: 'x'.repeat(30_000) } });
});
afterEach(() => ssm.close());

it.each([
  ['neither ids nor targets', {}, 'InvalidParameters'],
  ['an id twice', { InstanceIds: [id(1), id(1)] }, 'DuplicateInstanceId'],
  ['an id that it does not manage, for the whole call', { InstanceIds: [id(1), id(2)] }, 'InvalidInstanceId'],
  ['a version that is not there', { InstanceIds: [id(1)], DocumentVersion: '2' }, 'InvalidDocumentVersion'],
  [
    'a hash that is not that of the version',
    { InstanceIds: [id(1)], DocumentVersion: '1', DocumentHash: 'f'.repeat(64), DocumentHashType: 'Sha256' },
    'InvalidDocument',
  ],
  ['a document that is not there', { InstanceIds: [id(1)], DocumentName: 'Other' }, 'InvalidDocument'],
  [
    'parameters of a document without any',
    { InstanceIds: [id(1)], Parameters: { commands: ['id'] } },
    'InvalidParameters',
  ],
  ['a document of another platform', { InstanceIds: [id(9)] }, 'UnsupportedPlatformType'],
])('SSM of the lab refuses %s', async (_, input, code) => {
  ssm.registerInstance(accountId, region, { id: id(9), platformType: 'Windows' });

  await expect(send(input)).rejects.toMatchObject({ code });
});

describe('SSM of the lab', () => {
  it('keeps 24,000 characters of an output, and lists 2,500', async () => {
    const CommandId = await sent({ InstanceIds: [id(1)] });

    expect(await ended(CommandId)).toMatchObject({ StandardOutputContent: expect.stringMatching(/^[\s\S]{24000}$/) });
    expect(await call('ListCommandInvocations', { CommandId, Details: true })).toMatchObject({
      CommandInvocations: [{ CommandPlugins: [{ Output: expect.stringMatching(/^[\s\S]{2500}$/) }] }],
    });
  });

  it('terminates what has not begun when more failed than MaxErrors allows', async () => {
    ssm.registerInstance(accountId, region, { id: id(1), behaviour: { endsAs: 'Failed' } });
    ssm.registerInstance(accountId, region, { id: id(2), behaviour: { stdout: '', startsAfter: 60 } });

    expect(await ended(await sent({ InstanceIds: [id(1), id(2)] }), id(2))).toMatchObject({
      StatusDetails: 'Terminated',
    });
    expect(await ended(await sent({ InstanceIds: [id(1), id(2)], MaxErrors: '100%' }), id(2))).toMatchObject({
      StatusDetails: 'Success',
    });
  });

  it('throttles each account and Region by the rates that it is given, sending apart from the rest', async () => {
    let now = 0;
    ssm.configure({ clock: () => now, rates: { sendCommand: { perSecond: 1, burst: 2 } } });
    const throttled = { code: 'ThrottlingException', status: 400 };

    for (let sends = 0; sends < 2; sends += 1) await send({ InstanceIds: [id(1)] });
    await expect(send({ InstanceIds: [id(1)] })).rejects.toMatchObject(throttled);
    await expect(call('DescribeInstanceInformation', {})).resolves.toBeDefined();
    now += 1000;
    await expect(send({ InstanceIds: [id(1)] })).resolves.toBeDefined();

    ssm.configure({ rates: { others: { perSecond: 1, burst: 1 } } });
    await expect(call('DescribeInstanceInformation', {})).resolves.toBeDefined();
    await expect(call('DescribeInstanceInformation', {})).rejects.toMatchObject(throttled);
    for (let sends = 0; sends < 5; sends += 1) await send({ InstanceIds: [id(1)] });
  });

  it('cancels a command that is one too many for the account before it runs anywhere', async () => {
    ssm.configure({ mostPending: 1 });
    ssm.registerInstance(accountId, region, { id: id(2), behaviour: { stdout: '', startsAfter: 60_000 } });
    await send({ InstanceIds: [id(2)] });

    const CommandId = await sent({ InstanceIds: [id(1)] });
    expect(await ended(CommandId)).toMatchObject({ Status: 'Cancelled', StatusDetails: 'RateExceeded' });
  });
});
