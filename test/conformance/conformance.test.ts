import { describe, expect, it } from 'vitest';
import { type Comparison, compare, hasGivenUp, isPassOfNoKubelet, summary } from './compare.ts';
import { ownCases, readMachines } from './recorded-machine.ts';

const comparisons = ownCases.flatMap((path) => readMachines(path).map((machine) => compare(machine)));
const starting = comparisons.filter(({ starts }) => starts);

describe("8,192 recorded machines, beside the kubelet's own answer", () => {
  it('are all there', () => {
    expect([comparisons.length, starting.length]).toEqual([8192, 5330]);
  });

  it('have no setting that is stated otherwise than it is', () => {
    expect(starting.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
  });

  it('have no verdict of the client CA that the kubelet contradicts', () => {
    expect(starting.filter(({ wrongVerdict }) => wrongVerdict).map(({ id }) => id)).toEqual([]);
  });

  // The classes are named in docs/decisions: a change that gives up more adds one.
  it('are given up in few cases, and pass in few with which no kubelet starts', () => {
    expect(starting.filter(hasGivenUp).length / starting.length).toBeLessThan(0.035);
    expect(comparisons.filter(isPassOfNoKubelet).length).toBeLessThanOrEqual(90);
  });
});

it('sums up in one line', () => {
  const of = (parts: Partial<Comparison>): Comparison => ({
    id: 'x',
    starts: true,
    wrong: [],
    unknown: [],
    verdict: 'pass',
    wrongVerdict: false,
    ...parts,
  });
  expect(
    summary([
      of({}),
      of({ wrong: ['a'], unknown: ['b'] }),
      of({ wrong: ['a'], wrongVerdict: true }),
      of({ unknown: ['b'] }),
      of({ verdict: 'none' }),
      of({ starts: false }),
      of({ starts: false, verdict: 'fail' }),
    ]),
  ).toBe('cases 7: starting 5, right 1, gave up 2 (40.0 %), wrong 2, wrong verdicts 1, passes that would not start 1');
});
