import { describe, expect, it } from 'vitest';
import { addCounts } from '../../../lambda/core/model/add-counts.ts';
import { findingCounts, sumByControl } from '../../../lambda/core/run/counts.ts';
import { coverageOf } from '../../../lambda/core/run/coverage.ts';
import { excludedCode, type Gap } from '../../../lambda/core/run/discovery.ts';
import { discovery, problem } from './complete-run.ts';

const gap: Gap = { accountId: '111122223333', problem };
const left: Gap = { accountId: '444455556666', problem: { ...problem, code: excludedCode } };
const looked = {
  clusters: { found: 10, audited: 7, gone: 2, failed: 1 },
  nodes: 20,
  unreadableNodes: 0,
  bootingNodes: 3,
  machinesWithoutKubelet: 4,
  failedItems: 0,
  gaps: [],
};

describe('coverageOf', () => {
  it('is what was listed, what became of it, and every gap of either', () => {
    const listed = { ...discovery, accounts: 5, regions: 6, gaps: [gap], skipped: [left] };
    const other: Gap = { ...gap, region: 'eu-west-1' };
    expect(coverageOf(listed, { ...looked, gaps: [other] })).toStrictEqual({
      ...looked,
      accounts: 5,
      regions: 6,
      complete: false,
      gaps: [gap, other],
      skipped: [left],
    });
  });

  it.each([
    ['nothing is missing, whatever is booting or was left out on purpose', {}, {}, true],
    ['an account could not be listed', { gaps: [gap] }, {}, false],
    ['a cluster was not seen', {}, { gaps: [gap] }, false],
    ['an item failed', {}, { failedItems: 1 }, false],
    ['a node could not be read', {}, { unreadableNodes: 1 }, false],
  ])('is complete or not: %s', (_what, listed, change, complete) => {
    const coverage = coverageOf({ ...discovery, skipped: [left], ...listed }, { ...looked, ...change });
    expect(coverage.complete).toBe(complete);
  });
});

it('has a word of its own for what settings leave out', () => expect(excludedCode).toBe('cluster-excluded'));

describe('counts', () => {
  const counts = (number: number) => ({
    created: number,
    updated: number * 2,
    reopened: number * 3,
    refreshed: number * 4,
    archived: number * 5,
    unchanged: number * 6,
    rejected: number * 7,
    notSent: number * 8,
  });

  it('of findings add up, each by itself', () => {
    expect(addCounts(counts(1), counts(10))).toEqual(counts(11));
    const { rejected, notSent, ...changes } = counts(1);
    const refused = { id: 'a', code: 'InvalidInput', message: 'no' };
    expect(
      findingCounts({
        ...changes,
        imported: 99,
        rejected: Array(rejected).fill(refused),
        notSent: Array(notSent).fill('a'),
      }),
    ).toStrictEqual(counts(1));
  });

  it('of controls add up in the order of the slugs', () => {
    const some = { pass: 1, fail: 2, warn: 3, unknown: 4, 'not-applicable': 5 };
    const twice = { pass: 2, fail: 4, warn: 6, unknown: 8, 'not-applicable': 10 };
    const sums = sumByControl({ c: some, b: some }, { b: some, a: some });
    expect(Object.entries(sums)).toEqual([
      ['a', some],
      ['b', twice],
      ['c', some],
    ]);
  });
});
