import { readFileSync } from 'node:fs';
import { Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { DefinitionBody, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RunAlarms } from '../../../../infra/constructs/alerts/run-alarms.ts';
import { appAsDeployed, resourcesOf, stackOf, textOf } from '../../synthesise.ts';

const alarm = z.looseObject({
  AlarmName: z.string(),
  AlarmDescription: z.string(),
  AlarmActions: z.array(z.unknown()).default([]),
  MetricName: z.string().optional(),
  EvaluationPeriods: z.number(),
  Period: z.number().optional(),
});
const alarmsOf = (template: Template) =>
  resourcesOf(template, 'AWS::CloudWatch::Alarm').map((each) => alarm.parse(each.Properties));

const hub = stackOf('EksKubeletAudit');
const alarms = alarmsOf(hub);

it('watches that runs start, end, come often enough and see everything', () => {
  expect(alarms.map((each) => each.AlarmName)).toEqual([
    'eks-kubelet-audit-never-started',
    'eks-kubelet-audit-start-failed',
    'eks-kubelet-audit-run-failed',
    'eks-kubelet-audit-incomplete',
    'eks-kubelet-audit-failed-items',
    'eks-kubelet-audit-no-completed-run',
  ]);
});

it.each(alarms.map((each) => [each.AlarmName, each] as const))(
  '%s leads to its heading in the runbook',
  (name, each) => {
    const [, heading] = /docs\/runbook\.md#(\S+)$/.exec(each.AlarmDescription) ?? [];
    expect(`eks-kubelet-audit-${heading}`).toBe(name);
    expect(readFileSync('docs/runbook.md', 'utf8')).toContain(`\n## ${heading}\n`);
  },
);

it('is on the dashboard with every alarm', () => {
  const [dashboard] = resourcesOf(hub, 'AWS::CloudWatch::Dashboard');
  const { widgets } = JSON.parse(textOf(dashboard?.Properties['DashboardBody']));
  expect(widgets.flatMap((each: object) => Object(each).properties.alarms ?? [])).toHaveLength(alarms.length);
});

it('mails each change of state, except what an alert of each run names', () => {
  const silent = alarms.filter((each) => each.AlarmActions.length === 0).map((each) => each.AlarmName);
  expect(silent).toEqual(['run-failed', 'incomplete', 'failed-items'].map((name) => `eks-kubelet-audit-${name}`));
});

describe('no completed run', () => {
  function patience(schedule: string) {
    const stack = new Stack(appAsDeployed(), 'Hub');
    new RunAlarms(stack, 'Alarms', {
      neverStarted: new Queue(stack, 'Queue'),
      start: LambdaFunction.fromFunctionName(stack, 'Start', 'start'),
      machine: new StateMachine(stack, 'Machine', { definitionBody: DefinitionBody.fromString('{}') }),
      topic: new Topic(stack, 'Topic'),
      settings: { schedule, timeZone: 'UTC' },
    });
    const alarm = alarmsOf(Template.fromStack(stack)).find((each) => each.MetricName === 'RunsCompleted');
    const { EvaluationPeriods = 0, Period = 0 } = alarm ?? {};
    return { stack, seconds: EvaluationPeriods * Period, step: Period };
  }

  it.each([
    ['rate(1 hour)', 1.1 * 3600],
    ['rate(6 hours)', 6.6 * 3600],
    ['cron(0 5 * * ? *)', 26.4 * 3600],
    ['cron(0 5 ? * MON-FRI *)', 79.2 * 3600],
  ])('waits 1.1 times the longest pause of %s, and a step at most', (schedule, seconds) => {
    const waits = patience(schedule);
    expect(waits.seconds).toBeGreaterThanOrEqual(seconds);
    expect(waits.seconds).toBeLessThan(seconds + waits.step);
  });

  it.each(['rate(5 minutes)', 'rate(11 hours)', 'rate(6 days)'])(
    'looks back no further than CloudWatch can for %s',
    (schedule) => {
      const { seconds, step } = patience(schedule);
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThanOrEqual((step < 3600 ? 1 : 7) * 24 * 3600);
    },
  );

  it.each(['rate(7 days)', 'cron(0 5 1 * ? *)'])(
    'is not watched for where CloudWatch cannot look back far enough, and says so: %s',
    (schedule) => {
      const { stack, seconds } = patience(schedule);
      Annotations.fromStack(stack).hasInfo('*', Match.stringLikeRegexp('no alarm reports that no run was completed'));
      expect(seconds).toBe(0);
    },
  );
});
