import { Duration, TimeZone } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { ContextAttribute, Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import { durationMs } from '../../../lambda/contract/settings.ts';
import type { Settings } from '../../config/settings.ts';
import { policyOf } from '../access/grants.ts';
import { prefixedRoleName } from '../access/prefixed-role-name.ts';
import { ownSchedules } from '../run/run-schedule.ts';

interface SweepScheduleProps {
  readonly discover: IFunction;
  /** `15m` */
  readonly sweep: string;
  readonly settings: Pick<Settings, 'roleNamePrefix'>;
}

export const everyMinutes = (sweep: string): number => durationMs(sweep) / 60_000;

/** Has the function that discovers sweep. What is not delivered before the next sweep is dropped: that one looks further back. */
export class SweepSchedule extends Construct {
  constructor(scope: Construct, id: string, { discover, sweep, settings }: SweepScheduleProps) {
    super(scope, id);

    const role = new Role(this, 'Role', {
      ...prefixedRoleName(settings.roleNamePrefix, 'EksKubeletAuditSweepSchedule'),
      description: 'Lets EventBridge Scheduler start sweeps',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', { conditions: { StringEquals: ownSchedules(this) } }),
      inlinePolicies: { sweep: policyOf({ 'lambda:InvokeFunction': [{ resources: [discover.functionArn] }] }) },
    });

    const minutes = everyMinutes(sweep);
    new Schedule(this, 'Schedule', {
      description: 'Looks for machines that came and went between two runs',
      schedule: ScheduleExpression.expression(`rate(${minutes} minutes)`, TimeZone.ETC_UTC),
      target: new LambdaInvoke(discover, {
        // Its rights stand above: CDK's own grant would add every version and alias of the function.
        role: role.withoutPolicyUpdates(),
        input: ScheduleTargetInput.fromObject({
          sweep: { scheduledTime: ContextAttribute.scheduledTime, everyMinutes: minutes },
        }),
        retryAttempts: 3,
        maxEventAge: Duration.minutes(minutes),
      }),
    });
  }
}
