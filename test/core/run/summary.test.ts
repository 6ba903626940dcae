import { expect, it } from 'vitest';
import { runMetrics } from '../../../lambda/contract/metrics.ts';
import { metricsOf } from '../../../lambda/core/run/tally.ts';
import { summaryOf } from '../../../lambda/flow/run/run-summary.ts';
import { answer, blue, discovery, eachVerdict, totalsOf } from './complete-run.ts';

it('is a number for each name that dashboard and alarms are made from', () => {
  const totals = totalsOf([answer(blue, { verdicts: eachVerdict, unreadableNodes: 6 })]);
  const metrics = metricsOf(summaryOf(discovery, totals, { benchmark: 'cis-eks-1.8.0', newGaps: 2 }));

  expect(Object.keys(metrics)).toEqual(runMetrics);
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
