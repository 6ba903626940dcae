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
import { CfnAutomationRule, CfnInsight } from 'aws-cdk-lib/aws-securityhub';
import type { Construct } from 'constructs';
import type { RunMetric } from '../../../lambda/contract/metrics.ts';
import { generatorIdPrefix, productName } from '../../../lambda/contract/names.ts';
import type { Settings } from '../../config/settings.ts';
import { runMetric } from './run-alarms.ts';

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
export function postureDashboard(scope: Construct, alarms: readonly IAlarm[]): void {
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

  new Dashboard(scope, 'Dashboard', {
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

const equals = (value: string) => [{ comparison: 'EQUALS', value }];

/** Every finding of this program: other custom tools of the account share the product. */
const ours = [{ comparison: 'PREFIX', value: generatorIdPrefix }];

/** What Security Hub shows and does of itself, in the hub's account: of all accounts, where it is Security Hub's administrator. */
export function postureInsights(scope: Construct, { insights, resolvePassed }: Settings['securityHub']): void {
  const ofClusters = { resourceType: equals('AwsEksCluster') };
  const notSuppressed = { workflowStatus: [{ comparison: 'NOT_EQUALS', value: 'SUPPRESSED' }] };
  // The cluster is the first resource of each finding, nodes are the others.
  const all = {
    FailedByAccount: ['failed, by account', 'AwsAccountId', 'FAILED', notSuppressed],
    FailedByCluster: ['failed, by cluster', 'ResourceId', 'FAILED', { ...notSuppressed, ...ofClusters }],
    FailedByControl: ['failed, by control', 'GeneratorId', 'FAILED', notSuppressed],
    Unreadable: ['nodes that could not be read, by cluster', 'ResourceId', 'NOT_AVAILABLE', ofClusters],
  } as const;
  for (const [id, [title, groupByAttribute, status, more]] of Object.entries(insights ? all : {}))
    new CfnInsight(scope, id, {
      name: `EKS kubelet audit: ${title}`,
      groupByAttribute,
      filters: { generatorId: ours, recordState: equals('ACTIVE'), complianceStatus: equals(status), ...more },
    });
  if (!resolvePassed) return;

  // Security Hub does so for its own controls only.
  new CfnAutomationRule(scope, 'ResolvePassed', {
    ruleName: `${productName}: passed is resolved`,
    description:
      'Sets the workflow of passed findings of eks-kubelet-audit to RESOLVED, as Security Hub does for its own controls',
    ruleOrder: 900,
    ruleStatus: 'ENABLED',
    criteria: {
      generatorId: ours,
      recordState: equals('ACTIVE'),
      complianceStatus: equals('PASSED'),
      workflowStatus: [...equals('NEW'), ...equals('NOTIFIED')],
    },
    actions: [{ type: 'FINDING_FIELDS_UPDATE', findingFieldsUpdate: { workflow: { status: 'RESOLVED' } } }],
  });
}
