import { describe, expect, it } from 'vitest';
import { CensusCount } from '../../../../lambda/core/report/history/census-history.ts';
import { population } from '../../../../lambda/core/report/history-words.ts';
import type { CensusLine, NotJudgedKind } from '../../../../lambda/core/run/census.ts';
import type { CensusRecord } from '../../../../lambda/core/run/census-record.ts';

const sweepAt = '2026-11-28T14:15:00.000Z';
const head: CensusRecord = { version: 1, sweepAt, everyMinutes: 15, begunAt: sweepAt };
const where = { accountId: '111122223333', region: 'eu-central-1' };
const line = (number: number, more: Partial<CensusLine>): CensusLine => {
  const instanceId = `i-${number.toString(16).padStart(8, '0')}`;
  const spot = { group: { kind: 'karpenter', name: 'spot' }, launchedAt: '2026-11-28T14:02:00.000Z' } as const;
  return { version: 1, sweepAt, ...where, cluster: 'payments', instanceId, ...spot, ...more };
};
const judged = { at: sweepAt, by: 'sweep', via: 'configz', worst: 'pass' } as const;
const notJudged = (kind: NotJudgedKind) => ({ notJudged: { kind, because: 'so it is' } });
const ended = (at: string) => ({ ended: { seenAt: sweepAt, at: `2026-11-28T${at}:00.000Z`, because: 'Spot' } });

/** Each list is one object of the census. */
function counted(...objects: readonly (readonly (CensusRecord | string)[])[]) {
  const count = new CensusCount();
  for (const each of objects)
    count.add(each.map((record) => `${typeof record === 'string' ? record : JSON.stringify(record)}\n`).join(''));
  return count.history;
}

const counts = { clusters: 1, incomplete: 0, gaps: 0, failures: 0, nodes: 100, read: 99 };
const run = { run: 'r', startedAt: '2026-11-28T05:00:00.000Z', ...counts };
const said = (census: ReturnType<typeof counted>) => population({ runs: [run], ...(census && { census }) });

describe('CensusCount', () => {
  it('names every machine that was not judged, with its reason, beside the population of the first run', () => {
    const census = counted([
      head,
      line(1, { judged }),
      line(2, { judged: { ...judged, worst: 'fail' }, ...ended('14:40') }),
      line(3, { ...notJudged('ended'), ...ended('14:09') }),
      line(4, { ...notJudged('too-young'), ...ended('14:09') }),
      line(5, notJudged('too-young')),
      line(6, notJudged('unreadable')),
      line(7, notJudged('never-joined')),
      line(8, { launchedAt: '2026-11-01T00:00:00.000Z', ...ended('14:09') }),
    ]);
    expect(census).toMatchObject({ launched: 7, judged: 2, failed: 1, othersEnded: 1 });
    const lived = 'Of 106 machines that lived since 2026-11-28T05:00:00.000Z, 101 were judged';
    const young = 'at least 2 lived less than 15 minutes, 1 was too young when looked at';
    const unread = '1 could not be read (i-00000006 (payments)), 1 was not read by the run of that time';
    const never = '1 more machine with a cluster’s tags never joined one';
    const sweeps = 'Sweeps looked every 15 minutes from 2026-11-28T14:15:00.000Z on';
    const outside = 'Fargate and hybrid nodes that live between two runs are outside of this census.';
    expect(said(census)).toBe(`${lived}; ${young}, ${unread}. ${never}. ${sweeps}; ${outside}`);
  });

  it('counts a machine once, whatever became of it later, also weeks after it was judged', () => {
    const weeks = { ...head, sweepAt: '2026-12-20T14:15:00.000Z' };
    const census = counted(
      [head, line(1, notJudged('waiting'))],
      [line(1, { judged })],
      [{ ...weeks, sweepAt: '2026-12-10T14:15:00.000Z' }],
      [weeks, line(1, { judged, ...ended('14:09'), sweepAt: weeks.sweepAt })],
    );
    expect(census).toMatchObject({ launched: 1, judged: 1, othersEnded: 0, to: weeks.sweepAt });
  });

  it('leaves to the first run of the period what was there when it began', () => {
    const count = new CensusCount('2026-11-28T14:05:00.000Z');
    const since = line(3, { judged, launchedAt: sweepAt });
    const lines = [head, line(1, { judged }), line(2, { judged, ...ended('14:04') }), since];
    count.add(lines.map((each) => `${JSON.stringify(each)}\n`).join(''));
    expect(count.history).toMatchObject({ launched: 2, judged: 2 });
  });

  it('names the times in which no sweep looked, each once', () => {
    const gap = { version: 1, sweepAt, ...where } as const;
    const of = (to: string) => ({ ...gap, gap: { from: '2026-11-28T13:00:00.000Z', to, because: 'denied' } });
    const census = counted([head, of('2026-11-28T13:30:00.000Z')], [of('2026-11-28T14:00:00.000Z')]);
    const times = 'from 2026-11-28T13:00:00.000Z to 2026-11-28T14:00:00.000Z (denied)';
    expect(said(census)).toContain(`No sweep looked at 111122223333/eu-central-1 ${times}.`);
  });

  it('leaves out and counts lines that no sweep wrote', () => {
    const census = counted([head, '{}', 'no JSON', `${' '.repeat(5_000)}{}`, line(1, { cluster: '../x' })]);
    expect(census).toMatchObject({ refused: 4, launched: 0 });
    expect(said(census)).toContain('4 lines of the census were not what a sweep writes, and left out.');
  });

  it('says each reason with its number, three gaps, and how much was left out', () => {
    const few = { short: 0, ended: 2, 'too-young': 2, 'never-joined': 2 };
    const notJudged = { ...few, unreadable: 3, contested: 4, waiting: 5 };
    const gaps = ['a', 'b', 'c', 'd'].map((from) => ({ from, to: 'z', because: 'denied' }));
    const more = { launched: 20, judged: 1, notJudged, unreadable: ['x'], gaps, moreGaps: 1, refused: 1 };
    const one = counted([head]);
    expect(one && said({ ...one, ...more })).toMatchSnapshot();
    const none = /^Of 0 machines that lived since 2026\S+, 0 were judged\. /;
    expect(one && population({ runs: [], census: one })).toMatch(none);
  });

  it('begins with the last run before the first sweep, and names a hundred gaps at most', () => {
    const gap = (minute: number) => ({ from: new Date(minute * 60_000).toISOString(), to: sweepAt, because: 'denied' });
    const gaps = Array.from(
      { length: 102 },
      (_, minute) => ({ version: 1, sweepAt, ...where, gap: gap(minute) }) as const,
    );
    const census = counted([head, ...gaps]);
    expect([census?.gaps.length, census?.moreGaps]).toEqual([100, 2]);
    const runs = [5, 6, 20].map((hour) => ({
      ...run,
      startedAt: `2026-11-28T${`${hour}`.padStart(2, '0')}:00:00.000Z`,
    }));
    expect(census && population({ runs, census })).toContain('machines that lived since 2026-11-28T06:00:00.000Z');
  });

  it('is nothing where no sweep left anything: then machines between two runs are said to be unseen', () => {
    expect(counted()).toBeUndefined();
    expect(said(undefined)).toBe('Nodes that lived only between two runs were not seen by any.');
  });
});
