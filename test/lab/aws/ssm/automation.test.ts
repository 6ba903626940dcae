import {
  DescribeAutomationStepExecutionsCommand,
  DescribeDocumentCommand,
  GetAutomationExecutionCommand,
  SendAutomationSignalCommand,
  SSMClient,
  StartAutomationExecutionCommand,
} from '@aws-sdk/client-ssm';
import { beforeAll, describe, expect, it } from 'vitest';
import { labOfFile } from '../../lab-of-file.ts';

const accountId = '111122223333';
const region = 'eu-central-1';
const instance = 'i-0123456789abcdef0';

const lab = await labOfFile(accountId);
let client: SSMClient;

beforeAll(() => {
  client = new SSMClient({ endpoint: lab.endpoint, region, credentials: lab.credentials(accountId) });
  lab.ssm.putDocument(accountId, region, 'Say', {
    schemaVersion: '2.2',
    parameters: { Word: { type: 'String', allowedPattern: '^[a-z]+$', interpolationType: 'ENV_VAR' } },
    mainSteps: [
      {
        action: 'aws:runShellScript',
        name: 'say',
        inputs: { timeoutSeconds: '10', runCommand: ['echo "$SSM_Word"', '[ "$SSM_Word" != wrong ]'] },
      },
    ],
  });
  for (const id of [instance, 'i-0123456789abcdef1'])
    lab.ssm.registerInstance(accountId, region, {
      id,
      behaviour: { script: 'echo "$SSM_Word"; [ "$SSM_Word" != wrong ]' },
    });
  lab.ssm.putDocument(accountId, region, 'Runbook', runbook);
});

const approve = {
  name: 'approve',
  action: 'aws:approve',
  timeoutSeconds: 3_600,
  onFailure: 'Abort',
  inputs: {
    NotificationArn: '{{ Topic }}',
    Message: 'may {{ Ids }} say {{ Word }}?',
    MinRequiredApprovals: 1,
    Approvers: ['arn:aws:iam::111122223333:user/admin'],
  },
} as const;
const say = {
  name: 'say',
  action: 'aws:runCommand',
  inputs: {
    DocumentName: 'Say',
    InstanceIds: '{{ Ids }}',
    Parameters: { Word: '{{ Word }}' },
    MaxConcurrency: '1',
    MaxErrors: '0',
  },
  isEnd: true,
} as const;
const runbook = {
  schemaVersion: '0.3',
  parameters: {
    Ids: { type: 'StringList', minItems: 1 },
    Word: { type: 'String', allowedPattern: '^[a-z]+$' },
    Ask: { type: 'String', default: 'yes', allowedValues: ['yes', 'no'] },
    Topic: { type: 'String', default: 'arn:aws:sns:eu-central-1:111122223333:AutomationAsk' },
  },
  mainSteps: [
    {
      name: 'branch',
      action: 'aws:branch',
      inputs: { Choices: [{ NextStep: 'say', Variable: '{{ Ask }}', StringEquals: 'no' }], Default: 'approve' },
    },
    approve,
    say,
  ],
} as const;

const start = async (parameters: Readonly<Record<string, string[]>>, token?: string) => {
  const command = new StartAutomationExecutionCommand({
    DocumentName: 'Runbook',
    Parameters: { Ids: [instance], Word: ['hello'], ...parameters },
    ...(token && { ClientToken: token }),
  });
  return (await client.send(command)).AutomationExecutionId ?? '';
};
const statusOf = async (id: string) =>
  (await client.send(new GetAutomationExecutionCommand({ AutomationExecutionId: id }))).AutomationExecution
    ?.AutomationExecutionStatus;
const reaches = (id: string, status: string) => expect.poll(() => statusOf(id)).toBe(status);
const stepsOf = async (id: string) =>
  (await client.send(new DescribeAutomationStepExecutionsCommand({ AutomationExecutionId: id }))).StepExecutions?.map(
    ({ StepName, StepStatus }) => `${StepName} ${StepStatus}`,
  );
const signal = (id: string, SignalType: 'Approve' | 'Reject' | 'Resume') =>
  client.send(new SendAutomationSignalCommand({ AutomationExecutionId: id, SignalType }));

describe('Automation of the lab', () => {
  it('ends at a rejection, and at the end of its time', async () => {
    const rejected = await start({});
    await reaches(rejected, 'Waiting');
    await signal(rejected, 'Reject');
    await reaches(rejected, 'Rejected');
    expect(await stepsOf(rejected)).toEqual(['branch Success', 'approve Rejected']);

    const late = await start({});
    await reaches(late, 'Waiting');
    lab.ssm.automations.expireApprovals();
    await reaches(late, 'TimedOut');
    await expect(signal(late, 'Approve')).rejects.toThrow('no step waits');
  });

  it('ends where a document is not as it is said to be, in its content or its version', async () => {
    const describe = async () =>
      (await client.send(new DescribeDocumentCommand({ Name: 'Say', DocumentVersion: '1' }))).Document?.Hash ?? '';
    const assertion = {
      name: 'same',
      action: 'aws:assertAwsResourceProperty',
      inputs: {
        Service: 'ssm',
        Api: 'DescribeDocument',
        Name: 'Say',
        DocumentVersion: '{{ Version }}',
        PropertySelector: '$.Document.Hash',
        DesiredValues: ['{{ Hash }}'],
      },
    };
    const pinned = { ...say.inputs, DocumentVersion: '{{ Version }}', DocumentHash: '{{ Hash }}' };
    const parameters = { ...runbook.parameters, Version: { type: 'String' }, Hash: { type: 'String' } };
    lab.ssm.putDocument(accountId, region, 'Same', {
      ...runbook,
      parameters,
      mainSteps: [assertion, { ...say, inputs: { ...pinned, DocumentHashType: 'Sha256' } }],
    });
    lab.ssm.putDocument(accountId, region, 'Unasked', {
      ...runbook,
      parameters,
      mainSteps: [{ ...say, inputs: { ...pinned, DocumentHashType: 'Sha256' } }],
    });
    const run = async (DocumentName: string, Version: string, Hash: string) => {
      const Parameters = { Ids: [instance], Word: ['hello'], Version: [Version], Hash: [Hash] };
      const started = await client.send(new StartAutomationExecutionCommand({ DocumentName, Parameters }));
      const id = started.AutomationExecutionId ?? '';
      await lab.ssm.automations.finished(id);
      return await stepsOf(id);
    };

    const hash = await describe();
    expect(await run('Same', '1', hash)).toEqual(['same Success', 'say Success']);
    expect(await run('Same', '1', 'f'.repeat(64))).toEqual(['same Failed']);
    expect(await run('Same', '2', hash)).toEqual(['same Failed']);
    // SSM compares once more when the command is sent.
    expect(await run('Unasked', '1', hash)).toEqual(['say Success']);
    expect(await run('Unasked', '1', 'f'.repeat(64))).toEqual(['say Failed']);
  });

  it('starts the version that is named, and none that is not there', async () => {
    const startVersion = (DocumentVersion: string) =>
      client.send(
        new StartAutomationExecutionCommand({
          DocumentName: 'Runbook',
          DocumentVersion,
          Parameters: { Ids: [instance], Word: ['hello'], Ask: ['no'] },
        }),
      );
    await expect(startVersion('1')).resolves.toBeDefined();
    await expect(startVersion('7')).rejects.toMatchObject({
      name: 'AutomationDefinitionVersionNotFoundException',
    });
  });

  it('starts once for one client token', async () => {
    const token = '01234567-89ab-cdef-0123-456789abcdef';
    const id = await start({ Ask: ['no'] }, token);
    expect(await start({ Ask: ['no'] }, token)).toBe(id);
    await expect(start({ Ask: ['yes'] }, token)).rejects.toMatchObject({ name: 'IdempotentParameterMismatch' });
  });

  it.each([
    ['a value that its pattern does not allow', { Word: ['Hello; reboot'] }],
    ['a value that is none of the allowed', { Ask: ['maybe'] }],
    ['a parameter that it does not have', { Other: ['x'] }],
    ['two values where one is taken', { Word: ['a', 'b'] }],
    ['no value where one is needed', { Ids: [] }],
  ])('refuses %s', async (_what, parameters) => {
    await expect(start(parameters)).rejects.toMatchObject({ name: 'InvalidAutomationExecutionParametersException' });
  });
});
