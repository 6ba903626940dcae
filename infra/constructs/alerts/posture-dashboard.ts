import { Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Color,
  Dashboard,
  GraphWidget,
  type GraphWidgetProps,
  type IAlarm,
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
type Line = readonly [name: RunMetric, label: string, color?: string];
const lines = (all: readonly Line[], statistic: string = Stats.MAXIMUM): Metric[] =>
  all.map(([name, label, color]) => runMetric(name, day, statistic).with({ label, ...(color && { color }) }));

const nodes: Line = ['Nodes', 'nodes'];
const estate: readonly Line[] = [
  ['Accounts', 'accounts'],
  ['Clusters', 'clusters'],
];
const failures: readonly Line[] = [
  ['VerdictsFail', 'fail', Color.RED],
  ['VerdictsWarn', 'warn', Color.ORANGE],
];

/** Posture at a glance, day by day over half a year, from the metrics that each run publishes. */
export class PostureDashboard extends Construct {
  constructor(scope: Construct, id: string, { alarms }: { readonly alarms: readonly IAlarm[] }) {
    super(scope, id);

    const graph = (title: string, left: Metric[], more: Pick<GraphWidgetProps, 'stacked' | 'right'> = {}) =>
      new GraphWidget({ title, left, ...more, width: 12, height: 7, leftYAxis: { min: 0, showUnits: false } });
    const lastRun = lines([
      ...estate,
      nodes,
      ['VerdictsFail', 'failed'],
      ['VerdictsWarn', 'warned'],
      ['UnreadableNodes', 'unreadable nodes'],
      ['Gaps', 'gaps'],
    ]);
    const verdicts = lines([
      ...failures,
      ['VerdictsUnknown', 'unknown', Color.GREY],
      ['VerdictsPass', 'pass', Color.GREEN],
    ]);
    const unseen = lines([
      ['Gaps', 'gaps', Color.PURPLE],
      ['FailedItems', 'failed items', Color.RED],
      ['UnreadableNodes', 'unreadable nodes', Color.GREY],
    ]);
    const changed = lines([['FindingsChanged', 'findings created, updated or archived']], Stats.SUM);

    new Dashboard(this, 'Dashboard', {
      dashboardName: productName,
      defaultInterval: Duration.days(180),
      periodOverride: PeriodOverride.INHERIT,
      widgets: [
        [new SingleValueWidget({ title: 'Last run', metrics: lastRun, width: 24, height: 4 })],
        [
          graph('Posture: verdicts of nodes × controls', verdicts, { stacked: true }),
          graph('Failures alone', lines(failures)),
        ],
        [graph('Coverage: what was not looked at', unseen), graph('Estate', lines(estate), { right: lines([nodes]) })],
        [graph('Findings changed', changed), graph('A run in seconds', lines([['DurationSeconds', 'seconds']]))],
        [new AlarmStatusWidget({ title: 'Alarms (docs/runbook.md)', alarms: [...alarms], width: 24, height: 4 })],
      ],
    });
  }
}
