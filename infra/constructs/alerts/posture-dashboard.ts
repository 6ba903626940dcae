import { Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Color,
  Dashboard,
  GraphWidget,
  type IAlarm,
  type IWidget,
  type Metric,
  PeriodOverride,
  SingleValueWidget,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { RunMetric } from '../../../lambda/contract/metrics.ts';
import { productName } from '../../../lambda/contract/names.ts';
import { runMetric } from './run-metric.ts';

const day = Duration.days(1);
const of = (name: RunMetric, label: string, color?: string, statistic: string = Stats.MAXIMUM): Metric =>
  runMetric(name, day, statistic).with({ label, ...(color && { color }) });

/** Posture at a glance, day by day over half a year, from the metrics that each run publishes. */
export class PostureDashboard extends Construct {
  constructor(scope: Construct, id: string, { alarms }: { readonly alarms: readonly IAlarm[] }) {
    super(scope, id);

    const graph = (
      title: string,
      left: Metric[],
      more: { readonly stacked?: boolean; readonly right?: Metric[] } = {},
    ) => new GraphWidget({ title, left, ...more, width: 12, height: 7, leftYAxis: { min: 0, showUnits: false } });

    const rows: IWidget[][] = [
      [
        new SingleValueWidget({
          title: 'Last run',
          metrics: [
            of('Accounts', 'accounts'),
            of('Clusters', 'clusters'),
            of('Nodes', 'nodes'),
            of('VerdictsFail', 'failed'),
            of('VerdictsWarn', 'warned'),
            of('UnreadableNodes', 'unreadable nodes'),
            of('Gaps', 'gaps'),
          ],
          width: 24,
          height: 4,
        }),
      ],
      [
        graph(
          'Posture: verdicts of nodes × controls',
          [
            of('VerdictsFail', 'fail', Color.RED),
            of('VerdictsWarn', 'warn', Color.ORANGE),
            of('VerdictsUnknown', 'unknown', Color.GREY),
            of('VerdictsPass', 'pass', Color.GREEN),
          ],
          { stacked: true },
        ),
        graph('Failures alone', [of('VerdictsFail', 'fail', Color.RED), of('VerdictsWarn', 'warn', Color.ORANGE)]),
      ],
      [
        graph('Coverage: what was not looked at', [
          of('Gaps', 'gaps', Color.PURPLE),
          of('FailedItems', 'failed items', Color.RED),
          of('UnreadableNodes', 'unreadable nodes', Color.GREY),
        ]),
        graph('Estate', [of('Accounts', 'accounts'), of('Clusters', 'clusters')], { right: [of('Nodes', 'nodes')] }),
      ],
      [
        graph('Findings changed', [
          of('FindingsChanged', 'findings created, updated or archived', undefined, Stats.SUM),
        ]),
        graph('A run in seconds', [of('DurationSeconds', 'seconds')]),
      ],
      [new AlarmStatusWidget({ title: 'Alarms (docs/runbook.md)', alarms: [...alarms], width: 24, height: 4 })],
    ];

    new Dashboard(this, 'Dashboard', {
      dashboardName: productName,
      defaultInterval: Duration.days(180),
      periodOverride: PeriodOverride.INHERIT,
      widgets: rows,
    });
  }
}
