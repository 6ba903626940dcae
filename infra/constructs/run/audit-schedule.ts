import { Duration, Stack, TimeZone, Tokenization } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { ContextAttribute, Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke, type ScheduleTargetBaseProps } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Settings } from '../../config/settings.ts';
import { keyGrants } from '../access/grants.ts';
import { type ServiceRoleProps, serviceRole } from '../access/service-role.ts';

interface AuditScheduleProps {
  readonly description: string;
  readonly schedule: ScheduleExpression;
  readonly target: IFunction;
  readonly delivery: Omit<ScheduleTargetBaseProps, 'role'>;
  readonly role: Omit<ServiceRoleProps, 'service' | 'conditions'>;
}

/** A schedule that invokes a function. Only schedules of this account's default group may use its role. */
class AuditSchedule extends Construct {
  constructor(scope: Construct, id: string, { target, delivery, role, ...props }: AuditScheduleProps) {
    super(scope, id);
    const ownSchedules = { service: 'scheduler', resource: 'schedule-group', resourceName: 'default' };
    new Schedule(this, 'Schedule', {
      ...props,
      target: new LambdaInvoke(target, {
        ...delivery,
        role: serviceRole(this, {
          ...role,
          service: 'scheduler.amazonaws.com',
          conditions: { 'aws:SourceArn': Stack.of(this).formatArn(ownSchedules) },
        }),
      }),
    });
  }
}

interface RunScheduleProps {
  readonly start: IFunction;
  readonly neverStarted: IQueue;
  readonly settings: Pick<Settings, 'schedule' | 'timeZone' | 'kmsKey' | 'roleNamePrefix'>;
}

/** Starts a run at the times of the settings, and passes on the time. A start that could not be delivered within an hour waits in the queue. */
export const runSchedule = (scope: Construct, id: string, { start, neverStarted, settings }: RunScheduleProps) =>
  new AuditSchedule(scope, id, {
    description: 'Starts the audit of the kubelets',
    // No flexible window: CDK's default is off.
    schedule: ScheduleExpression.expression(settings.schedule, TimeZone.of(settings.timeZone)),
    target: start,
    delivery: {
      input: ScheduleTargetInput.fromObject({ scheduledTime: ContextAttribute.scheduledTime }),
      retryAttempts: 10,
      maxEventAge: Duration.hours(1),
      deadLetterQueue: neverStarted,
    },
    role: {
      prefix: settings.roleNamePrefix,
      name: 'EksKubeletAuditSchedule',
      description: 'Lets EventBridge Scheduler start a run',
      policyName: 'start',
      grants: {
        'lambda:InvokeFunction': [{ resources: [start.functionArn] }],
        'sqs:SendMessage': [{ resources: [neverStarted.queueArn] }],
        ...keyGrants(scope, settings.kmsKey, ['sqs']),
      },
    },
  });

interface SweepScheduleProps {
  readonly discover: IFunction;
  /** 5 to 45; a parameter's value in a released template. */
  readonly everyMinutes: number;
  readonly settings: Pick<Settings, 'roleNamePrefix'>;
}

/** Has the function that discovers sweep. What is not delivered in 15 minutes is dropped: the next sweep looks further back. */
export function sweepSchedule(scope: Construct, id: string, props: SweepScheduleProps): Construct {
  const { discover, everyMinutes, settings } = props;
  const minutes = Tokenization.stringifyNumber(everyMinutes);
  // `ScheduleTargetInput.fromObject` writes a parameter's number as a text.
  const event = `{"sweep":{"scheduledTime":"${ContextAttribute.scheduledTime}","everyMinutes":${minutes}}}`;
  return new AuditSchedule(scope, id, {
    description: 'Looks for machines that came and went between two runs',
    schedule: ScheduleExpression.expression(`rate(${minutes} minutes)`, TimeZone.ETC_UTC),
    target: discover,
    delivery: { input: { bind: () => event }, retryAttempts: 3, maxEventAge: Duration.minutes(15) },
    role: {
      prefix: settings.roleNamePrefix,
      name: 'EksKubeletAuditSweepSchedule',
      description: 'Lets EventBridge Scheduler start sweeps',
      policyName: 'sweep',
      grants: { 'lambda:InvokeFunction': [{ resources: [discover.functionArn] }] },
    },
  });
}
