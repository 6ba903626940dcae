import { Duration, Stack, TimeZone, Validations } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Settings } from '../config/settings.ts';

interface AuditScheduleProps {
  readonly function: IFunction;
  readonly settings: Pick<Settings, 'schedule' | 'timeZone'>;
}

/** Starts the audit when the settings say so; a start that could not be delivered within an hour waits in a queue. */
export class AuditSchedule extends Construct {
  constructor(scope: Construct, id: string, props: AuditScheduleProps) {
    super(scope, id);

    const neverStarted = new Queue(this, 'NeverStarted', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(neverStarted).acknowledge({
      id: 'AwsSolutions::AwsSolutions-SQS3',
      reason: 'This queue is the dead-letter queue of the schedule',
    });

    const role = new Role(this, 'Role', {
      description: 'Lets EventBridge Scheduler start the audit',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', { conditions: { StringEquals: ownSchedules(this) } }),
      inlinePolicies: {
        start: new PolicyDocument({
          statements: [
            new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [props.function.functionArn] }),
            new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [neverStarted.queueArn] }),
          ],
        }),
      },
    });

    new Schedule(this, 'Schedule', {
      description: 'Starts the audit of the kubelets',
      schedule: ScheduleExpression.expression(props.settings.schedule, TimeZone.of(props.settings.timeZone)),
      target: new LambdaInvoke(props.function, {
        // Its rights stand above: CDK's own grant would add every version and alias of the function.
        role: role.withoutPolicyUpdates(),
        input: ScheduleTargetInput.fromObject({}),
        retryAttempts: 10,
        maxEventAge: Duration.hours(1),
        deadLetterQueue: neverStarted,
      }),
    });
  }
}

/** Only schedules of this account's default group may use the role. */
function ownSchedules(scope: Construct): Record<string, string> {
  const stack = Stack.of(scope);
  return {
    'aws:SourceAccount': stack.account,
    'aws:SourceArn': stack.formatArn({ service: 'scheduler', resource: 'schedule-group', resourceName: 'default' }),
  };
}
