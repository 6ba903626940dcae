import { describe, expect, it } from 'vitest';
import { compareAll, hasGivenUp, isPassOfNoKubelet } from './compare.ts';
import { casesOf2026_11_26, casesOf2026_11_28 } from './recorded-machine.ts';

/** Measured, each with some room: what a change gives up, or lets pass, must not grow beyond it without a word in docs/decisions (016). */
const sets = [
  {
    name: '8,192 machines of 2026-11-26',
    paths: casesOf2026_11_26,
    cases: 8192,
    starting: 5330,
    gaveUp: 0.01,
    passesByFiles: 3,
  },
  {
    name: '9,493 machines of 2026-11-28',
    paths: casesOf2026_11_28,
    cases: 9493,
    starting: 2844,
    gaveUp: 0.015,
    passesByFiles: 15,
  },
];

describe.each(sets)("$name, beside the kubelet's own answer", ({ paths, ...expected }) => {
  const comparisons = paths.flatMap(compareAll);
  const starting = comparisons.filter(({ starts }) => starts);

  it('are all there', () => {
    expect([comparisons.length, starting.length]).toEqual([expected.cases, expected.starting]);
  });

  it('have no setting that is stated otherwise than it is', () => {
    expect(starting.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
  });

  it('have no verdict of the client CA that the kubelet contradicts', () => {
    expect(starting.filter(({ wrongVerdict }) => wrongVerdict).map(({ id }) => id)).toEqual([]);
  });

  it('are given up in few cases, and pass by files in few with which no kubelet starts', () => {
    expect(starting.filter(hasGivenUp).length / starting.length).toBeLessThanOrEqual(expected.gaveUp);
    const passes = comparisons.filter((each) => isPassOfNoKubelet(each) && each.by === 'files');
    expect(passes.length).toBeLessThanOrEqual(expected.passesByFiles);
  });
});
