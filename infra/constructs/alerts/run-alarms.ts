import { Annotations, type CfnCondition, CfnResource, Duration } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct, type IConstruct } from 'constructs';
import { metricDimensions, metricsNamespace, type RunMetric, sweepMetric } from '../../../lambda/contract/metrics.ts';
import { productName } from '../../../lambda/contract/names.ts';
import { longestPause } from '../../config/schedule.ts';
import type { Settings } from '../../config/settings.ts';

interface RunAlarmsProps {
  readonly neverStarted: IQueue;
  /** Where alerts wait that the settings' event bus did not take. */
  readonly undelivered?: IQueue;
  readonly start: IFunction;
  readonly machine: StateMachine;
  readonly topic: ITopic;
  readonly settings: Pick<Settings, 'schedule' | 'timeZone'>;
  /** How often sweeps come, where they come, and the state machine of their items. */
  readonly sweeps?: {
    readonly everyMinutes: number;
    readonly condition?: CfnCondition;
    readonly machine: StateMachine;
  };
  /** Hours without a completed run that are too many; by the schedule when absent. */
  readonly maxHoursBetweenRuns?: number;
}

interface Watch extends Partial<AlarmProps> {
  readonly metric: IMetric;
  /** What is wrong, in one sentence. */
  readonly says: string;
  /** The construct that announces it in place of the alarm, so that it is announced only once. */
  readonly announcedBy?: 'RunAlerts';
  /** Where it is there. */
  readonly condition?: CfnCondition | undefined;
}

const minutes = Duration.minutes;

/** Watches that runs happen and see everything. Each alarm has a heading of its name in docs/runbook.md. */
export class RunAlarms extends Construct {
  /** Those without a condition. */
  readonly alarms: readonly Alarm[];

  constructor(
    scope: Construct,
    id: string,
    { neverStarted, undelivered, start, machine, topic, settings, sweeps, maxHoursBetweenRuns }: RunAlarmsProps,
  ) {
    super(scope, id);
    // One value a run: between two runs an alarm stays as it is.
    const ofLastRun = { announcedBy: 'RunAlerts', treatMissingData: TreatMissingData.IGNORE } as const;

    const watches: Readonly<Record<string, Watch>> = {
      'never-started': { says: 'A scheduled run was never started', metric: anythingIn(neverStarted) },
      'start-failed': {
        says: 'The function that starts runs failed',
        metric: start.metricErrors({ period: minutes(5), statistic: Stats.SUM }),
      },
      'run-failed': {
        says: 'A run ended without a summary: it failed, timed out or was aborted',
        announcedBy: 'RunAlerts',
        metric: failedOf(machine, 'Runs that failed'),
      },
      incomplete: {
        ...ofLastRun,
        says: 'A run could not look at something that the run before could look at, or did not know',
        metric: runMetric('NewGaps', minutes(5)),
      },
      'failed-items': {
        ...ofLastRun,
        says: 'Clusters or Regions of a run failed for good',
        metric: runMetric('FailedItems', minutes(5)),
      },
      ...(undelivered && {
        'alerts-undelivered': {
          says: 'Alerts could not be put on the event bus of the settings',
          metric: anythingIn(undelivered),
        },
      }),
      ...(sweeps && {
        'sweep-item-failed': {
          says: 'New machines of a cluster could not be read: an item of a sweep failed, timed out or was aborted',
          metric: failedOf(sweeps.machine, 'Items of sweeps that failed'),
          condition: sweeps.condition,
        },
        'no-completed-sweep': {
          says: 'No sweep was completed for three intervals of sweep',
          // No template multiplies: as many steps of three minutes as an interval has minutes.
          ...noneFor(sweepMetric, sweepsMissed, sweeps.everyMinutes),
          condition: sweeps.condition,
        },
      }),
      ...(maxHoursBetweenRuns === undefined
        ? this.#noRun(settings)
        : {
            'no-completed-run': {
              says: 'No run was completed for MaxHoursBetweenRuns',
              ...noneFor('RunsCompleted', 60, maxHoursBetweenRuns),
            },
          }),
    };

    this.alarms = Object.entries(watches).flatMap(([name, { says, announcedBy, condition, ...watch }]) => {
      const alarm = productAlarm(this, { name, says, ...watch });
      if (!announcedBy) alarm.addAlarmAction(new SnsAction(topic));
      if (!condition) return [alarm];
      onlyWhere(alarm, condition);
      return [];
    });
  }

  /** CloudWatch looks back seven days at most, one day in steps shorter than an hour. */
  #noRun({ schedule, timeZone }: RunAlarmsProps['settings']): Readonly<Record<string, Watch>> {
    const pause = longestPause(schedule, timeZone);
    const patience = pause === undefined ? Number.POSITIVE_INFINITY : pause * 1.1;
    if (patience > 7 * 24 * 60) {
      Annotations.of(this).addInfo(
        `no alarm reports that no run was completed: CloudWatch looks back seven days, which '${schedule}' may exceed`,
      );
      return {};
    }

    const step = patience > 12 * 60 ? 60 : 5;
    return {
      'no-completed-run': {
        says: `No run was completed for 1.1 times the longest pause of ${schedule}`,
        ...noneFor('RunsCompleted', step, Math.ceil(patience / step)),
      },
    };
  }
}

/** An alarm that starts with the first value above zero, and leads to its heading in docs/runbook.md. */
export const productAlarm = (
  scope: Construct,
  { name, says, ...watch }: Pick<Watch, 'says' | 'metric'> & Partial<AlarmProps> & { readonly name: string },
  id = name,
): Alarm =>
  new Alarm(scope, id, {
    threshold: 1,
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
    ...watch,
    alarmName: `${productName}-${name}`,
    alarmDescription: `${says}. What to do: docs/runbook.md#${name}`,
  });

/** Whether anything waits in a queue. */
export const anythingIn = (queue: IQueue): IMetric =>
  queue.metricApproximateNumberOfMessagesVisible({ period: minutes(5), statistic: Stats.MAXIMUM });

/** So many sweeps in a row may fail: Lambda tries each of them three times. */
const sweepsMissed = 3;

/** Step Functions counts only what happened: without a value for the others there would be none for the sum. */
const failedOf = (machine: StateMachine, label: string): MathExpression =>
  new MathExpression({
    expression: 'FILL(failed, 0) + FILL(timedOut, 0) + FILL(aborted, 0)',
    label,
    usingMetrics: {
      failed: machine.metricFailed(),
      timedOut: machine.metricTimedOut(),
      aborted: machine.metricAborted(),
    },
    period: minutes(5),
  });

/** Nothing was completed for so many steps of so many minutes. */
const noneFor = (metric: Parameters<typeof runMetric>[0], step: number, steps: number) => ({
  metric: runMetric(metric, minutes(step), Stats.SUM),
  comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
  evaluationPeriods: steps,
  treatMissingData: TreatMissingData.BREACHING,
});

/** Leaves every resource of a construct out of the stack, unless the condition holds. */
export function onlyWhere(construct: IConstruct, condition: CfnCondition): void {
  for (const each of construct.node.findAll()) if (each instanceof CfnResource) each.cfnOptions.condition = condition;
}

/** What runs said about themselves: one value a run, so that the largest of a period is that of its worst run. */
export const runMetric = (
  name: RunMetric | typeof sweepMetric,
  period: Duration,
  statistic: string = Stats.MAXIMUM,
): Metric =>
  new Metric({
    namespace: metricsNamespace,
    metricName: name,
    dimensionsMap: metricDimensions,
    statistic,
    period,
  });
