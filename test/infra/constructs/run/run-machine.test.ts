import aslValidator from 'asl-validator';
import { expect, it } from 'vitest';
import { resourcesOf, stackOf, textOf } from '../../synthesise.ts';

const hub = stackOf('EksKubeletAudit');
const [machine] = resourcesOf(hub, 'AWS::StepFunctions::StateMachine');

it('is a standard machine under the name that its own rights know', () => {
  expect(machine?.Properties).toMatchObject({ StateMachineName: 'EksKubeletAudit', StateMachineType: 'STANDARD' });
});

it('is a definition that Step Functions takes, once the references are filled in', () => {
  const text = textOf(machine?.Properties['DefinitionString'])
    .replaceAll('<AWS::Partition>', 'aws')
    .replaceAll(/<(\w+)\.Arn>/g, 'arn:aws:lambda:eu-west-1:111122223333:function:$1')
    .replaceAll(/<\w+>/g, 'bucket');
  const { isValid, errors } = aslValidator(JSON.parse(text));
  expect({ isValid, errors }).toEqual({ isValid: true, errors: [] });
});

it('logs every step and none of what passes between them', () => {
  expect(machine?.Properties).toMatchObject({
    LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
    TracingConfiguration: { Enabled: true },
  });
});
