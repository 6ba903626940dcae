import { readFileSync } from 'node:fs';
import { Annotations, Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { appAsDeployed, resourcesOf, stacksOf, templatesOf } from '../../synthesise.ts';

const alarm = z.looseObject({
  AlarmName: z.string(),
  AlarmDescription: z.string(),
  AlarmActions: z.array(z.unknown()).default([]),
  MetricName: z.string().optional(),
  EvaluationPeriods: z.number(),
  Period: z.number().optional(),
  TreatMissingData: z.string(),
});
const alarmsOf = (template: Template | undefined) =>
  template ? resourcesOf(template, 'AWS::CloudWatch::Alarm').map((each) => alarm.parse(each.Properties)) : [];

const alarms = alarmsOf(templatesOf()['EksKubeletAudit']);
const named = (name: string) => alarms.find((each) => each.AlarmName === `eks-kubelet-audit-${name}`);

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

it('mails each change of state, except what an alert of each run names', () => {
  const silent = alarms.filter((each) => each.AlarmActions.length === 0).map((each) => each.AlarmName);
  expect(silent).toEqual([
    'eks-kubelet-audit-run-failed',
    'eks-kubelet-audit-incomplete',
    'eks-kubelet-audit-failed-items',
  ]);
});

it('stays as it is between two runs, so that a gap that lasts is announced once', () => {
  for (const name of ['incomplete', 'failed-items']) expect(named(name)?.TreatMissingData).toBe('ignore');
});

describe('no completed run', () => {
  const patience = (schedule: string) => {
    const { EvaluationPeriods = 0, Period = 0 } =
      alarmsOf(templatesOf({ schedule })['EksKubeletAudit']).find((each) => each.MetricName === 'RunsCompleted') ?? {};
    return { seconds: EvaluationPeriods * Period, step: Period };
  };

  it('takes silence for a fault', () => {
    expect(named('no-completed-run')).toMatchObject({ TreatMissingData: 'breaching', MetricName: 'RunsCompleted' });
  });

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
      const { hub } = stacksOf(appAsDeployed(), { schedule });
      Annotations.fromStack(hub).hasInfo('*', Match.stringLikeRegexp('no alarm reports that no run was completed'));
      expect(patience(schedule).seconds).toBe(0);
    },
  );
});
