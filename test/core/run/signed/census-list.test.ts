import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isListed, isToList, settledUntil, sweptAtOf } from '../../../../lambda/core/run/signed/census-list.ts';
import type { SweepState } from '../../../../lambda/core/run/sweep.ts';

const ownHistory = 'history/2026-01-02/run.jsonl';
const timeOf = (minutes: number): string => new Date(Date.UTC(2026, 0, 1, 0, minutes)).toISOString();
const keyOf = (minutes: number): string => {
  const [day = '', time = ''] = timeOf(minutes).split('T');
  return `census/${day}/${time.slice(0, 5).replace(':', '')}.jsonl`;
};

describe('the list of what sweeps left', () => {
  it('has each object once, whatever the times of the statements', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 5_000 }), { minLength: 1 }),
        fc.array(fc.nat({ max: 6_000 })),
        (sweeps, cuts) => {
          const untils = cuts.toSorted((one, other) => one - other).map(timeOf);
          for (const sweep of new Set(sweeps)) {
            const lists = untils.filter((until, index) =>
              isToList(keyOf(sweep), { from: untils[index - 1], until, ownHistory }),
            );
            expect(lists).toHaveLength(untils.some((until) => timeOf(sweep) <= until) ? 1 : 0);
          }
        },
      ),
    );
  });

  it('has the history so far once, and then that of each run', () => {
    const until = timeOf(1);
    expect(isToList('history/2025-01-01/old.jsonl', { until, ownHistory })).toBe(true);
    expect(isToList('history/2025-01-01/old.jsonl', { from: timeOf(0), until, ownHistory })).toBe(false);
    expect(isToList(ownHistory, { from: timeOf(0), until, ownHistory })).toBe(true);
  });

  it.each([
    ['census/2026-01-01/0015.jsonl', '2026-01-01T00:15:00.000Z'],
    ['sweeps/2026-01-01/0015/answers/1/x.json', '2026-01-01T00:15:00.000Z'],
    ['census/x.jsonl', undefined],
    ['history/2026-01-01/0015.jsonl', undefined],
  ])('takes the time of %s from its name', (key, time) => {
    expect(sweptAtOf(key)).toBe(time);
  });

  it('has no state of a sweep, no cache and no memory', () => {
    for (const key of ['sweeps/state.json', 'latest/report.html', 'memory/last-run.json', 'runs/x/summary.json'])
      expect(isListed(key)).toBe(false);
  });
});

describe('the time until which sweeps have written everything', () => {
  const now = new Date(Date.UTC(2026, 0, 2));
  const state = { sweptAt: timeOf(300), records: [{}], started: [] } as unknown as SweepState;

  it('is two hours ago, after which no item writes', () => {
    expect(settledUntil(now, { isReported: false })).toBe('2026-01-01T22:00:00.000Z');
    expect(settledUntil(now, { state, isReported: true })).toBe('2026-01-01T22:00:00.000Z');
  });

  it('is before a sweep that has not reported what its state holds', () => {
    expect(settledUntil(now, { state, isReported: false }) < state.sweptAt).toBe(true);
    expect(settledUntil(now, { state: { ...state, records: [] }, isReported: false })).toBe('2026-01-01T22:00:00.000Z');
  });
});
