import { describe, expect, it } from 'vitest';
import { CloudWatch } from './cloudwatch.ts';
import { metricsOfLine } from './emf.ts';
import { metricMath } from './metric-math.ts';

const minute = 60_000;
const start = Date.parse('2026-11-25T05:00:00Z');

const line = (root: object, directive: object = {}) =>
  JSON.stringify({
    _aws: {
      Timestamp: start,
      CloudWatchMetrics: [
        { Namespace: 'Ours', Dimensions: [['service']], Metrics: [{ Name: 'Gaps', Unit: 'None' }], ...directive },
      ],
    },
    service: 'audit',
    Gaps: 2,
    ...root,
  });

describe('a line of the embedded metric format', () => {
  it('is a value for each metric and each set of dimensions', () => {
    const both = line({ account: '1' }, { Dimensions: [['service'], ['service', 'account']] });
    expect(metricsOfLine(both, start)).toEqual([
      { namespace: 'Ours', name: 'Gaps', dimensions: { service: 'audit' }, at: start, value: 2 },
      { namespace: 'Ours', name: 'Gaps', dimensions: { service: 'audit', account: '1' }, at: start, value: 2 },
    ]);
  });

  it.each([
    ['no JSON', 'START RequestId'],
    ['a log line', JSON.stringify({ level: 'INFO' })],
    ["AWS's own namespace", line({}, { Namespace: 'AWS/Lambda' })],
    ['a dimension that the line does not have', line({}, { Dimensions: [['cluster']] })],
    ['no set of dimensions', line({}, { Dimensions: [] })],
    ['a value that is no number', line({ Gaps: 'two' })],
  ])('is nothing with %s', (_, text) => {
    expect(metricsOfLine(text, start)).toEqual([]);
  });

  it('is nothing when it is older than two weeks', () => {
    expect(metricsOfLine(line({}), start + 15 * 24 * 60 * minute)).toEqual([]);
  });
});

describe('metric math', () => {
  const values: Readonly<Record<string, number>> = { a: 6, b: 2 };
  it.each([
    ['a + b * 2', 10],
    ['(a - b) / 4', 1],
    ['FILL(a, 0) + FILL(nothing, 0)', 6],
    ['a + nothing', undefined],
    ['a / FILL(nothing, 0)', undefined],
  ])('%s', (expression, value) => {
    expect(metricMath(expression, (id) => values[id])).toBe(value);
  });

  it('refuses what it does not know', () => {
    expect(() => metricMath('ANOMALY_DETECTION_BAND(a)', () => 1)).toThrow('ANOMALY_DETECTION_BAND');
  });
});

describe('an alarm', () => {
  const alarm = {
    AlarmName: 'gaps',
    AlarmDescription: 'A run has gaps',
    AlarmActions: ['topic'],
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    Threshold: 1,
    EvaluationPeriods: 1,
    Namespace: 'Ours',
    MetricName: 'Gaps',
    Dimensions: [{ Name: 'service', Value: 'audit' }],
    Period: 300,
    Statistic: 'Maximum',
  };
  const datum = { namespace: 'Ours', name: 'Gaps', dimensions: { service: 'audit' } };

  function watched(more: object) {
    let now = start;
    const cloudwatch = new CloudWatch({ clock: () => now, region: 'eu-west-1' });
    cloudwatch.deploy([{ ...alarm, ...more }]);
    return {
      after(minutes: number, value?: number, dimensions: Readonly<Record<string, string>> = datum.dimensions) {
        if (value !== undefined) cloudwatch.put({ ...datum, dimensions, value });
        now += minutes * minute;
        return { mails: cloudwatch.evaluate(), state: cloudwatch.state('gaps') };
      },
    };
  }

  it('tells once when it goes off, and keeps its state over silence where that is ignored', () => {
    const gaps = watched({ TreatMissingData: 'ignore' });
    expect(gaps.after(5)).toEqual({ mails: [], state: 'INSUFFICIENT_DATA' });
    expect(gaps.after(5, 1)).toMatchObject({ mails: [{ subject: 'ALARM: "gaps" in eu-west-1' }], state: 'ALARM' });
    expect(gaps.after(60)).toEqual({ mails: [], state: 'ALARM' });
    expect(gaps.after(5, 0)).toEqual({ mails: [], state: 'OK' });
  });

  it.each([
    ['breaching', 'ALARM'],
    ['notBreaching', 'OK'],
    ['missing', 'INSUFFICIENT_DATA'],
  ])('takes silence as it is told: %s', (TreatMissingData, state) => {
    expect(watched({ TreatMissingData }).after(5).state).toBe(state);
  });

  it('does not see a metric of other dimensions', () => {
    const gaps = watched({ TreatMissingData: 'notBreaching' });
    expect(gaps.after(5, 1, { service: 'other' }).state).toBe('OK');
    expect(gaps.after(5, 1, {}).state).toBe('OK');
    expect(gaps.after(5, 1, { service: 'audit', account: '1' }).state).toBe('OK');
    expect(gaps.after(5, 1).state).toBe('ALARM');
  });

  it('needs all of its periods, unless it is told how many', () => {
    const never = { TreatMissingData: 'notBreaching', EvaluationPeriods: 2 };
    expect(watched(never).after(5, 1).state).toBe('OK');
    expect(watched({ ...never, DatapointsToAlarm: 1 }).after(5, 1).state).toBe('ALARM');
  });
});
