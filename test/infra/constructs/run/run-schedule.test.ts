import { Match } from 'aws-cdk-lib/assertions';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { it } from 'vitest';
import { runSchedule } from '../../../../infra/constructs/run/audit-schedule.ts';
import { deadLetters } from '../../../../infra/constructs/run/dead-letters.ts';
import { templateOf } from '../../synthesise.ts';

const template = templateOf((stack) => {
  const start = LambdaFunction.fromFunctionAttributes(stack, 'Start', {
    functionArn: stack.formatArn({ service: 'lambda', resource: 'function:start' }),
    sameEnvironment: true,
  });
  const queue = deadLetters(new Construct(stack, 'NeverStarted'), { of: 'the schedule' });
  runSchedule(stack, 'Schedule', {
    start,
    neverStarted: queue,
    settings: { schedule: 'rate(6 hours)', timeZone: 'Europe/Berlin', roleNamePrefix: '' },
  });
});

it('starts a run when the settings say so, by their clock, and at no other time', () => {
  template.hasResourceProperties('AWS::Scheduler::Schedule', {
    ScheduleExpression: 'rate(6 hours)',
    ScheduleExpressionTimezone: 'Europe/Berlin',
    State: 'ENABLED',
    FlexibleTimeWindow: { Mode: 'OFF' },
  });
});

it('says for which time it starts one: the run is named after it', () => {
  template.hasResourceProperties('AWS::Scheduler::Schedule', {
    Target: { Input: '{"scheduledTime":"<aws.scheduler.scheduled-time>"}' },
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
