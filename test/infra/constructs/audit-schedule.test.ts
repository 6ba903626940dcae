import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { expect, it } from 'vitest';
import { AuditSchedule } from '../../../infra/constructs/audit-schedule.ts';
import { appAsDeployed, identityStatements } from '../synthesise.ts';

const stack = new Stack(appAsDeployed(), 'Schedule');
const audit = LambdaFunction.fromFunctionAttributes(stack, 'Audit', {
  functionArn: stack.formatArn({ service: 'lambda', resource: 'function:audit' }),
  sameEnvironment: true,
});
new AuditSchedule(stack, 'Schedule', {
  function: audit,
  settings: { schedule: 'rate(6 hours)', timeZone: 'Europe/Berlin' },
});
const template = Template.fromStack(stack);

it('starts the audit when the settings say so, by their clock', () => {
  template.hasResourceProperties('AWS::Scheduler::Schedule', {
    ScheduleExpression: 'rate(6 hours)',
    ScheduleExpressionTimezone: 'Europe/Berlin',
    State: 'ENABLED',
    Target: { Input: '{}' },
  });
});

it('tries again for an hour, then keeps what never started', () => {
  template.hasResourceProperties('AWS::Scheduler::Schedule', {
    Target: {
      RetryPolicy: { MaximumRetryAttempts: 10, MaximumEventAgeInSeconds: 3600 },
      DeadLetterConfig: { Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('NeverStarted'), 'Arn'] } },
    },
  });
});

it('keeps it encrypted, and takes it by TLS only', () => {
  template.hasResourceProperties('AWS::SQS::Queue', {
    SqsManagedSseEnabled: true,
    MessageRetentionPeriod: 14 * 24 * 3600,
  });
  template.hasResourceProperties('AWS::SQS::QueuePolicy', {
    PolicyDocument: { Statement: [{ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }] },
  });
});

it('lets the scheduler start the audit and nothing else', () => {
  expect(identityStatements(template).map((each) => each.Action)).toEqual([
    ['lambda:InvokeFunction'],
    ['sqs:SendMessage'],
  ]);
});

it('lends its role to schedules of this account only', () => {
  template.hasResourceProperties('AWS::IAM::Role', {
    AssumeRolePolicyDocument: {
      Statement: [
        {
          Principal: { Service: 'scheduler.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        },
      ],
    },
  });
});
