import { Duration, Stack, TimeZone } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { ContextAttribute, Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Settings } from '../../config/settings.ts';
import { policyOf } from '../access/grants.ts';
import { keyGrants } from '../access/own-key.ts';
import { prefixedRoleName } from '../access/prefixed-role-name.ts';

interface RunScheduleProps {
  readonly start: IFunction;
  readonly neverStarted: IQueue;
  readonly settings: Pick<Settings, 'schedule' | 'timeZone' | 'kmsKey' | 'roleNamePrefix'>;
}

/** Starts a run at the times of the settings, and passes on the time. A start that could not be delivered within an hour waits in the queue. */
export class RunSchedule extends Construct {
  constructor(scope: Construct, id: string, { start, neverStarted, settings }: RunScheduleProps) {
    super(scope, id);

    const role = new Role(this, 'Role', {
      ...prefixedRoleName(settings.roleNamePrefix, 'EksKubeletAuditSchedule'),
      description: 'Lets EventBridge Scheduler start a run',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', { conditions: { StringEquals: ownSchedules(this) } }),
      inlinePolicies: {
        start: policyOf({
          'lambda:InvokeFunction': [{ resources: [start.functionArn] }],
          'sqs:SendMessage': [{ resources: [neverStarted.queueArn] }],
          ...keyGrants(this, settings.kmsKey, ['sqs']),
        }),
      },
    });

    new Schedule(this, 'Schedule', {
      description: 'Starts the audit of the kubelets',
      // No flexible window: CDK's default is off.
      schedule: ScheduleExpression.expression(settings.schedule, TimeZone.of(settings.timeZone)),
      target: new LambdaInvoke(start, {
        // Its rights stand above: CDK's own grant would add every version and alias of the function.
        role: role.withoutPolicyUpdates(),
        input: ScheduleTargetInput.fromObject({ scheduledTime: ContextAttribute.scheduledTime }),
        retryAttempts: 10,
        maxEventAge: Duration.hours(1),
        deadLetterQueue: neverStarted,
      }),
    });
  }
}

/** Only schedules of this account's default group may use the role. */
export function ownSchedules(scope: Construct): Record<string, string> {
  const stack = Stack.of(scope);
  return {
    'aws:SourceAccount': stack.account,
    'aws:SourceArn': stack.formatArn({ service: 'scheduler', resource: 'schedule-group', resourceName: 'default' }),
  };
}
