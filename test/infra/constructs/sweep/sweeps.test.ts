import { readFileSync } from 'node:fs';
import aslValidator from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../../../infra/config/settings.ts';
import { identityStatements, resourcesOf, stackOf, textOf } from '../../synthesise.ts';

const hubOf = (settings: object) => stackOf('EksKubeletAudit', settings);
const hub = hubOf({ sweep: '15m' });
const [schedule] = resourcesOf(hub, 'AWS::Scheduler::Schedule').filter(({ Properties }) =>
  JSON.stringify(Properties).includes('sweep'),
);
const [machine] = resourcesOf(hub, 'AWS::StepFunctions::StateMachine').filter(
  ({ Properties }) => Properties['StateMachineName'] === 'EksKubeletAuditSweep',
);
const objectsOf = (action: string) =>
  identityStatements(hub)
    .filter((each) => each.Action.includes(action))
    .flatMap((each) => each.Resource ?? [])
    .map((each) => textOf(each).replace(/^<RunsBucket\w+\.Arn>\//, ''));

describe('without the setting', () => {
  it('nothing of sweeps is in the template', () => {
    expect(JSON.stringify(hubOf({}).toJSON())).not.toMatch(/sweep|census/i);
  });

  it.each(['4m', '46m', '15', '900s', 15])('%s is no time between two sweeps', (sweep) => {
    expect(() => parseSettings({ sweep })).toThrow("'sweep' is");
  });
});

describe('sweeps', () => {
  it('are started by a schedule of their own, which passes on the planned time', () => {
    expect(schedule?.Properties).toMatchObject({
      ScheduleExpression: 'rate(15 minutes)',
      Target: {
        Input: '{"sweep":{"scheduledTime":"<aws.scheduler.scheduled-time>","everyMinutes":15}}',
        RetryPolicy: { MaximumEventAgeInSeconds: 900 },
      },
    });
  });

  it('have items that are executions of a machine which Step Functions takes, and whose data no log has', () => {
    const text = textOf(machine?.Properties['DefinitionString'])
      .replaceAll('<AWS::Partition>', 'aws')
      .replaceAll(/<(\w+)\.Arn>/g, 'arn:aws:lambda:eu-west-1:111122223333:function:$1');
    const { isValid, errors } = aslValidator(JSON.parse(text));
    expect({ isValid, errors }).toEqual({ isValid: true, errors: [] });
    expect(machine?.Properties).toMatchObject({
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
    });
  });

  it('may not be forged by their items: only the function that discovers writes the census and what a sweep leaves', () => {
    const written = objectsOf('s3:PutObject').filter((each) => /sweeps|census/.test(each));
    expect(written.toSorted()).toEqual(['census/*', 'sweeps/*/*', 'sweeps/state.json']);
  });

  it('keep their evidence as long as runs, and the census for good', () => {
    const [bucket] = resourcesOf(hub, 'AWS::S3::Bucket');
    const { Rules: rules } = Object(bucket?.Properties['LifecycleConfiguration']);
    const ruleOf = (prefix: string) => rules.find((each: { Prefix?: string }) => each.Prefix === prefix);
    expect({ ...ruleOf('sweeps/'), Prefix: '' }).toEqual({ ...ruleOf('runs/'), Prefix: '' });
    expect({ ...ruleOf('census/'), Prefix: '' }).toEqual({ ...ruleOf('history/'), Prefix: '' });
  });

  it.each([
    [
      'no-completed-sweep',
      { MetricName: 'SweepsCompleted', Period: 180, EvaluationPeriods: 15, TreatMissingData: 'breaching' },
    ],
    ['sweep-item-failed', { TreatMissingData: 'notBreaching' }],
  ])('are watched by the alarm %s, which mails and leads to the runbook', (name, properties) => {
    const alarms = resourcesOf(hub, 'AWS::CloudWatch::Alarm').map(({ Properties }) => Properties);
    const found = alarms.find((each) => each['AlarmName'] === `eks-kubelet-audit-${name}`);
    expect(found).toMatchObject({ ...properties, AlarmActions: [expect.anything()] });
    expect(found?.['AlarmDescription']).toContain(`docs/runbook.md#${name}`);
    expect(readFileSync('docs/runbook.md', 'utf8')).toContain(`\n## ${name}\n`);
  });
});
