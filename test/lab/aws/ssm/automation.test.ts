import {
  DescribeAutomationStepExecutionsCommand,
  DescribeDocumentCommand,
  SSMClient,
  StartAutomationExecutionCommand,
} from '@aws-sdk/client-ssm';
import { beforeAll, describe, expect, it } from 'vitest';
import { labOfFile } from '../../lab-of-file.ts';

const accountId = '111122223333';
const region = 'eu-central-1';
const instance = 'i-0123456789abcdef0';

const lab = await labOfFile(accountId);
const client = new SSMClient({ endpoint: lab.endpoint, region, credentials: lab.credentials(accountId) });

const parameters = {
  Ids: { type: 'StringList', minItems: 1 },
  Word: { type: 'String', allowedPattern: '^[a-z]+$' },
  Volume: { type: 'String', default: 'low', allowedValues: ['low', 'high'] },
  Version: { type: 'String', default: '1' },
  Hash: { type: 'String', default: '' },
};
const say = { DocumentName: 'Say', InstanceIds: '{{ Ids }}', Parameters: { Word: '{{ Word }}' } };
const runbook = (...mainSteps: readonly object[]) => ({ schemaVersion: '0.3', parameters, mainSteps });

beforeAll(() => {
  lab.ssm.putDocument(accountId, region, 'Say', {
    schemaVersion: '2.2',
    parameters: { Word: { type: 'String', interpolationType: 'ENV_VAR' } },
    mainSteps: [
      {
        action: 'aws:runShellScript',
        name: 'say',
        inputs: { timeoutSeconds: '10', runCommand: ['echo "$SSM_Word"'] },
      },
    ],
  });
  lab.ssm.registerInstance(accountId, region, { id: instance, behaviour: { script: 'echo "$SSM_Word"' } });
  lab.ssm.putDocument(
    accountId,
    region,
    'Runbook',
    runbook({ name: 'say', action: 'aws:runCommand', inputs: say, isEnd: true }),
  );
});

const start = async (
  Parameters: Readonly<Record<string, string[]>>,
  more: Partial<StartAutomationExecutionCommand['input']> = {},
) => {
  const command = new StartAutomationExecutionCommand({
    DocumentName: 'Runbook',
    Parameters: { Ids: [instance], Word: ['hello'], ...Parameters },
    ...more,
  });
  return (await client.send(command)).AutomationExecutionId ?? '';
};

describe('Automation of the lab', () => {
  it('ends where a document is not as it is said to be, in its content or its version', async () => {
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
    const pin = { DocumentVersion: '{{ Version }}', DocumentHash: '{{ Hash }}', DocumentHashType: 'Sha256' };
    const pinned = { name: 'say', action: 'aws:runCommand', inputs: { ...say, ...pin } };
    lab.ssm.putDocument(accountId, region, 'Same', runbook(assertion, pinned));
    lab.ssm.putDocument(accountId, region, 'Unasked', runbook(pinned));
    const run = async (DocumentName: string, Version: string, Hash: string) => {
      const AutomationExecutionId = await start({ Version: [Version], Hash: [Hash] }, { DocumentName });
      await lab.ssm.automations.finished(AutomationExecutionId);
      const steps = await client.send(new DescribeAutomationStepExecutionsCommand({ AutomationExecutionId }));
      return steps.StepExecutions?.map(({ StepName, StepStatus }) => `${StepName} ${StepStatus}`);
    };

    const described = await client.send(new DescribeDocumentCommand({ Name: 'Say', DocumentVersion: '1' }));
    const hash = described.Document?.Hash ?? '';
    expect(await run('Same', '1', hash)).toEqual(['same Success', 'say Success']);
    expect(await run('Same', '1', 'f'.repeat(64))).toEqual(['same Failed']);
    expect(await run('Same', '2', hash)).toEqual(['same Failed']);
    // SSM compares once more when the command is sent.
    expect(await run('Unasked', '1', 'f'.repeat(64))).toEqual(['say Failed']);
  });

  it('starts the version that is named, and none that is not there', async () => {
    await expect(start({}, { DocumentVersion: '1' })).resolves.toBeDefined();
    await expect(start({}, { DocumentVersion: '7' })).rejects.toMatchObject({
      name: 'AutomationDefinitionVersionNotFoundException',
    });
  });

  it('starts once for one client token', async () => {
    const token = { ClientToken: '01234567-89ab-cdef-0123-456789abcdef' };
    const id = await start({}, token);
    expect(await start({}, token)).toBe(id);
    await expect(start({ Volume: ['high'] }, token)).rejects.toMatchObject({ name: 'IdempotentParameterMismatch' });
  });

  it.each([
    ['a value that its pattern does not allow', { Word: ['Hello; reboot'] }],
    ['a value that is none of the allowed', { Volume: ['medium'] }],
    ['a parameter that it does not have', { Other: ['x'] }],
    ['two values where one is taken', { Word: ['a', 'b'] }],
    ['no value where one is needed', { Ids: [] }],
  ])('refuses %s', async (_what, given) => {
    await expect(start(given)).rejects.toMatchObject({ name: 'InvalidAutomationExecutionParametersException' });
  });
});
