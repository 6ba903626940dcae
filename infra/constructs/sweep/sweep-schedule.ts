import { Duration, TimeZone, Tokenization } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { ContextAttribute, Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import type { Settings } from '../../config/settings.ts';
import { policyOf } from '../access/grants.ts';
import { prefixedRoleName } from '../access/prefixed-role-name.ts';
import { ownSchedules } from '../run/run-schedule.ts';

interface SweepScheduleProps {
  readonly discover: IFunction;
  /** 5 to 45; a parameter's value in a released template. */
  readonly everyMinutes: number;
  readonly settings: Pick<Settings, 'roleNamePrefix'>;
}

/** Has the function that discovers sweep. What is not delivered in 15 minutes is dropped: the next sweep looks further back. */
export class SweepSchedule extends Construct {
  constructor(scope: Construct, id: string, { discover, everyMinutes, settings }: SweepScheduleProps) {
    super(scope, id);

    const role = new Role(this, 'Role', {
      ...prefixedRoleName(settings.roleNamePrefix, 'EksKubeletAuditSweepSchedule'),
      description: 'Lets EventBridge Scheduler start sweeps',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', { conditions: { StringEquals: ownSchedules(this) } }),
      inlinePolicies: { sweep: policyOf({ 'lambda:InvokeFunction': [{ resources: [discover.functionArn] }] }) },
    });

    const minutes = Tokenization.stringifyNumber(everyMinutes);
    new Schedule(this, 'Schedule', {
      description: 'Looks for machines that came and went between two runs',
      schedule: ScheduleExpression.expression(`rate(${minutes} minutes)`, TimeZone.ETC_UTC),
      target: new LambdaInvoke(discover, {
        // Its rights stand above: CDK's own grant would add every version and alias of the function.
        role: role.withoutPolicyUpdates(),
        input: { bind: () => eventOf(minutes) },
        retryAttempts: 3,
        maxEventAge: Duration.minutes(15),
      }),
    });
  }
}

/** `ScheduleTargetInput.fromObject` writes a parameter's number as a text. */
const eventOf = (minutes: string): string =>
  `{"sweep":{"scheduledTime":"${ContextAttribute.scheduledTime}","everyMinutes":${minutes}}}`;
