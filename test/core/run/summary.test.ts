import { describe, expect, it } from 'vitest';
import { runMetrics } from '../../../lambda/contract/metrics.ts';
import { metricsOf } from '../../../lambda/core/run/summary.ts';
import { summaryOf } from '../../../lambda/flow/run/run-summary.ts';
import { answer, answers, blue, discovery, totalsOf } from './complete-run.ts';

describe('metricsOf', () => {
  it('is a number for each name', () => {
    const verdicts = { pass: 1, fail: 2, warn: 3, unknown: 4, 'not-applicable': 5 };
    const totals = totalsOf([answer(blue, { verdicts, unreadableNodes: 6 })]);
    const metrics = metricsOf(summaryOf(discovery, totals, { benchmark: 'cis-eks-1.8.0', newGaps: 2 }));

    expect(metrics).toEqual({
      RunsCompleted: 1,
      Gaps: 2,
      NewGaps: 2,
      FailedItems: 2,
      Accounts: 1,
      Clusters: 2,
      Nodes: 10,
      UnreadableNodes: 6,
      VerdictsPass: 1,
      VerdictsFail: 2,
      VerdictsWarn: 3,
      VerdictsUnknown: 4,
      FindingsChanged: 11,
      DurationSeconds: 90,
    });
  });

  it('gives every metric that dashboard and alarms are made from', () => {
    const names = Object.keys(
      metricsOf(summaryOf(discovery, totalsOf(answers), { benchmark: 'cis-eks-1.8.0', newGaps: 2 })),
    );
    expect(names).toEqual(runMetrics);
  });
});
