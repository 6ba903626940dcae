import aslValidator from 'asl-validator';
import { expect, it } from 'vitest';
import { identityStatements, resourcesOf, stackOf, textOf } from '../../synthesise.ts';

const hub = stackOf('EksKubeletAudit');
const [machine] = resourcesOf(hub, 'AWS::StepFunctions::StateMachine');
const role = identityStatements(hub).filter((each) => each.Action.includes('states:StopExecution'));

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

it('may start its own items, and look after its own executions only', () => {
  const own = 'arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:EksKubeletAudit';
  expect(role.flatMap((each) => each.Resource ?? []).map(textOf)).toEqual([`${own}/AuditItems:*`, `${own}:*`]);
});

it('may read the items and write what they answered, and no result', () => {
  const objects = (action: string) =>
    identityStatements(hub)
      .filter((each) => each.Action.includes(action))
      .flatMap((each) => each.Resource ?? [])
      .map(textOf)
      .filter((resource) => resource.includes('map'));
  expect(objects('s3:PutObject')).toEqual([expect.stringMatching(/^<RunsBucket\w+\.Arn>\/runs\/\*\/map\/\*$/)]);
});
