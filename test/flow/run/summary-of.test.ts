import { describe, expect, it } from 'vitest';
import { summaryOf } from '../../../lambda/flow/run/run-summary.ts';
import { answers, discovery, totalsOf } from '../../core/run/complete-run.ts';

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

  it('began and ended at once when nothing was there', () => {
    const empty = { ...discovery, items: [] };
    expect(summaryOf(empty, totalsOf([], empty), rest)).toMatchObject({
      finishedAt: discovery.startedAt,
      complete: true,
    });
  });
});
