import { describe, expect, it } from 'vitest';
import { monthlyCost } from './cost.ts';

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
    expect(parts.securityHub).toBeCloseTo(1.521, 6);
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
});
