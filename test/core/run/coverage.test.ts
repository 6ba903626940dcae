import { describe, expect, it } from 'vitest';
import { addCounts } from '../../../lambda/core/model/add-counts.ts';
import { countFindings } from '../../../lambda/core/run/answer-of.ts';
import { coverageOf } from '../../../lambda/core/run/coverage.ts';
import { excludedCode, type Gap } from '../../../lambda/core/run/discovery.ts';
import {
  answer,
  answers,
  blue,
  discovery,
  eachVerdict,
  findingsTimes,
  green,
  problem,
  totalsOf,
  twice,
  wholeCoverage,
} from './complete-run.ts';

const gap: Gap = { accountId: '111122223333', problem };
const left: Gap = { accountId: '444455556666', problem: { ...problem, code: excludedCode } };
const looked = { ...totalsOf(answers).looked, bootingNodes: 3 };

describe('coverageOf', () => {
  it('is what was listed, what became of it, and every gap of either', () => {
    const listed = { ...discovery, accounts: 5, regions: 6, gaps: [gap], skipped: [left] };
    const other: Gap = { ...gap, region: 'eu-west-1' };
    expect(coverageOf(listed, { ...looked, gaps: [other] })).toStrictEqual({
      ...wholeCoverage,
      bootingNodes: 3,
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
  it('of findings add up, each kind apart', () => {
    expect(addCounts(findingsTimes(1), findingsTimes(10))).toEqual(findingsTimes(11));
    const { rejected: _, notSent: __, ...changes } = findingsTimes(1);
    const rejected = Array(7).fill({ id: 'a', code: 'InvalidInput', message: 'no' });
    const counted = countFindings({ ...changes, imported: 99, rejected, notSent: Array(8).fill('a') });
    expect(counted).toStrictEqual({ ...changes, rejected: 7, notSent: 8 });
  });

  it('of controls add up in the order of the slugs', () => {
    const [one, other] = [
      { c: eachVerdict, b: eachVerdict },
      { b: eachVerdict, a: eachVerdict },
    ];
    const of = [answer(blue, { controls: one }), answer(green, { controls: other })];
    const sums = totalsOf(of).counted.controls;
    expect(sums).toEqual({ a: eachVerdict, b: twice, c: eachVerdict });
    expect(Object.keys(sums)).toEqual(['a', 'b', 'c']);
  });
});
