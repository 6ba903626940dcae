import { describe, expect, it } from 'vitest';
import { costOf, monthlyCost } from './cost.ts';

const nothing = {
  functionSeconds: 0,
  invocations: 0,
  transitions: 0,
  findingEvents: 0,
  s3Writes: 0,
  s3Reads: 0,
  s3GigabyteMonths: 0,
  busEvents: 0,
  logGigabytes: 0,
  metricMonths: 0,
  alarmMonths: 0,
  dashboardMonths: 0,
  keyMonths: 0,
  traces: 0,
};

describe('costOf', () => {
  // Worked out by hand from the price lists.
  it.each([
    ['a million seconds at half a gigabyte', { functionSeconds: 1e6 }, 'lambda', 6.6667],
    ['a million requests', { invocations: 1e6 }, 'lambda', 0.2],
    ['a million transitions', { transitions: 1e6 }, 'stepFunctions', 25],
    ['a million findings', { findingEvents: 1e6 }, 'securityHub', 30],
    ['a million objects written', { s3Writes: 1e6 }, 's3', 5],
    ['a million objects read', { s3Reads: 1e6 }, 's3', 0.4],
    ['a hundred gigabytes kept for a month', { s3GigabyteMonths: 100 }, 's3', 2.3],
    ['a million events', { busEvents: 1e6 }, 'other', 1],
    ['ten gigabytes of logs', { logGigabytes: 10 }, 'other', 5],
    ['ten metrics for a month', { metricMonths: 10 }, 'other', 3],
    ['ten alarms for a month', { alarmMonths: 10 }, 'other', 1],
    ['a dashboard for a month', { dashboardMonths: 1 }, 'other', 3],
    ['a key for a month', { keyMonths: 1 }, 'other', 1],
    ['a million traces', { traces: 1e6 }, 'other', 5],
  ] as const)('prices %s', (_, usage, part, usd) => {
    const cost = costOf({ ...nothing, ...usage });
    expect(cost.usd).toBe(usd);
    expect(cost.parts).toEqual({ lambda: 0, stepFunctions: 0, securityHub: 0, s3: 0, other: 0, [part]: usd });
  });
});

describe('monthlyCost', () => {
  const estate = {
    clusters: 1_000,
    accountRegions: 500,
    nodesPerCluster: 50,
    groupsPerCluster: 3,
    controls: 13,
    secondsPerCluster: 30,
    secondsPerRegion: 2,
    runsPerMonth: 30,
    changedShare: 0.01,
    daysKept: 90,
    bytesPerNode: 500,
  };

  it('prices a thousand clusters that are audited daily', () => {
    const { usd, parts } = monthlyCost(estate);

    // 31,000 s × 30 × 0.5 GB × 0.0000133334 = 6.20, 1,503 × 30 requests = 0.009.
    expect(parts.lambda).toBeCloseTo(6.209, 3);
    // (4,500 + 5) × 30 transitions.
    expect(parts.stepFunctions).toBeCloseTo(3.378_75, 5);
    // 39,000 findings: refreshed once, 11,700 changes.
    expect(parts.securityHub).toBe(1.521);
    // 5,512 × 30 writes, 9,512 × 30 reads, and 1,000 × (20,900 + 50 × 500) bytes × 90 runs = 4.131 GB.
    expect(parts.s3).toBeCloseTo(0.8268 + 0.114_144 + 0.095_013, 6);
    // 11,730 events, 0.9 GB of logs, 14 metrics for 30 of 720 hours, 4.80 dollars, 45,000 traces.
    expect(parts.other).toBeCloseTo(0.011_73 + 0.45 + 0.175 + 4.8 + 0.225, 6);
    expect(usd).toBeCloseTo(17.8065, 3);
  });

  it('bills a metric for the hours in which it is sent, and never for more than there are', () => {
    const other = (runsPerMonth: number) =>
      monthlyCost({ ...estate, clusters: 0, accountRegions: 0, runsPerMonth }).parts.other;
    expect(other(30) - other(0)).toBeCloseTo(0.175, 3);
    expect(other(720) - other(0)).toBeCloseTo(4.2, 2);
    expect(other(2 * 720) - other(720)).toBeLessThan(0.01);
  });

  it('costs what it is, and no more, when nothing is audited', () => {
    expect(monthlyCost({ ...estate, clusters: 0, accountRegions: 0, runsPerMonth: 0 })).toMatchObject({ usd: 4.8 });
  });
});
