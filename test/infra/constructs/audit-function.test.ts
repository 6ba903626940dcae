import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { parseSettings } from '../../../infra/config/settings.ts';
import { AuditFunction } from '../../../infra/constructs/audit-function.ts';
import { AuditRole } from '../../../infra/constructs/audit-role.ts';
import { environment } from '../../../lambda/contract/environment.ts';
import { appAsDeployed, fixedCode, identityStatements, resourcesOf } from '../synthesise.ts';

const settings = parseSettings({
  sources: ['ssm'],
  controls: ['kubelet-client-ca-file', 'kubelet-read-only-port'],
  benchmark: 'cis-eks-1.7.0',
  scope: 'node',
  concurrency: 5,
  nodeTimeout: '3s',
  publish: false,
  logRetentionDays: 30,
});
const stack = new Stack(appAsDeployed(), 'Function');
new AuditFunction(stack, 'Audit', { role: new AuditRole(stack, 'Role'), code: fixedCode(), settings });
const template = Template.fromStack(stack);

it('tells the program every setting, under the names that it reads', () => {
  const [created] = resourcesOf(template, 'AWS::Lambda::Function');
  expect(created?.Properties['Environment']).toEqual({
    Variables: {
      [environment.sources]: 'ssm',
      [environment.controls]: 'kubelet-client-ca-file,kubelet-read-only-port',
      [environment.benchmark]: 'cis-eks-1.7.0',
      [environment.scope]: 'node',
      [environment.concurrency]: '5',
      [environment.nodeTimeout]: '3s',
      [environment.publish]: 'false',
      [environment.everySource]: 'false',
    },
  });
});

it('runs one audit at a time, with the longest time that Lambda gives', () => {
  template.hasResourceProperties('AWS::Lambda::Function', {
    ReservedConcurrentExecutions: 1,
    Timeout: 900,
    MemorySize: 512,
  });
});

it('tries a failed audit once more, and a waiting one for an hour', () => {
  template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
    MaximumRetryAttempts: 1,
    MaximumEventAgeInSeconds: 3600,
  });
});

it('logs JSON into a group of its own, kept as long as the settings say', () => {
  template.hasResourceProperties('AWS::Logs::LogGroup', {
    LogGroupName: '/aws/lambda/eks-kubelet-audit',
    RetentionInDays: 30,
  });
  template.hasResourceProperties('AWS::Lambda::Function', {
    LoggingConfig: { LogFormat: 'JSON', LogGroup: { Ref: Match.anyValue() } },
  });
});

it('may write logs into that group only', () => {
  const logging = identityStatements(template).filter((each) =>
    each.Action.some((action) => action.startsWith('logs:')),
  );
  expect(logging.map(({ Action, Resource }) => ({ Action, Resource }))).toEqual([
    {
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: [{ 'Fn::GetAtt': [expect.stringMatching(/^AuditLogs/), 'Arn'] }],
    },
  ]);
});
