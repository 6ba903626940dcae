import { describe, expect, it } from 'vitest';
import { coverageOf } from '../../../lambda/core/run/coverage.ts';
import { summaryOf } from '../../../lambda/flow/run/run-summary.ts';
import { answer, answers, blue, discovery, green, problem, region, totalsOf } from '../../core/run/complete-run.ts';

const benchmark = 'cis-eks-1.8.0';
const rest = { benchmark, newGaps: 0 };

describe('summaryOf', () => {
  it('is complete when everything was looked at, and ends with the last item', () => {
    expect(summaryOf(discovery, totalsOf(answers), rest)).toMatchObject({
      schemaVersion: 1,
      runId: discovery.runId,
      startedAt: '2026-11-25T05:00:00.000Z',
      finishedAt: '2026-11-25T05:01:30.000Z',
      benchmark,
      accounts: 1,
      regions: 1,
      clusters: { found: 2, audited: 2, gone: 0, failed: 0 },
      nodes: 20,
      complete: true,
      gaps: [],
      failedItems: 0,
    });
  });

  it.each([
    ['a gap of the discovery', { ...discovery, gaps: [{ accountId: '2', problem }] }, answers],
    ['an item without an answer', discovery, [answer(blue), answer(green)]],
    ['a failed item', discovery, [answer(blue), answer(green), answer(region, { status: 'failed' })]],
    [
      'an unreadable node',
      discovery,
      [
        answer(blue, { unreadableNodes: 1, gaps: [{ nodeGroup: 'managed workers', problem }] }),
        answer(green),
        answer(region),
      ],
    ],
  ])('is not complete with %s', (_, found, given) => {
    const summary = summaryOf(found, totalsOf(given), rest);
    expect(summary.complete).toBe(false);
    expect(summary.gaps).toHaveLength(1);
  });

  it('is complete when something was skipped on purpose, and tells of it', () => {
    const skipped = [{ accountId: '2', problem }];
    expect(summaryOf({ ...discovery, skipped }, totalsOf(answers), rest)).toMatchObject({
      complete: true,
      skipped,
    });
  });

  it('names the same gaps as a terminal prints', () => {
    const found = { ...discovery, gaps: [{ accountId: '2', problem }] };
    const totals = totalsOf([answer(blue, { complete: false, problems: [problem] })]);
    expect(summaryOf(found, totals, rest)).toMatchObject({ ...coverageOf(found, totals) });
    expect(coverageOf(found, totals).gaps.map((each) => each.problem.code)).toEqual([
      'throttled',
      'throttled',
      'not-audited',
      'not-audited',
    ]);
  });

  it('began and ended at once when nothing was there', () => {
    const empty = { ...discovery, items: [] };
    expect(summaryOf(empty, totalsOf([], empty), rest)).toMatchObject({
      finishedAt: discovery.startedAt,
      complete: true,
    });
  });
});
