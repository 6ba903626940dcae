import { describe, expect, it } from 'vitest';
import { CensusCount } from '../../../../lambda/core/report/history/census-history.ts';
import { population } from '../../../../lambda/core/report/history-words.ts';
import type { CensusLine, CensusRecord, NotJudgedKind } from '../../../../lambda/core/run/census.ts';

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
    const sweeps = `Sweeps looked every 15 minutes from ${head.begunAt} to ${census?.to}`;
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

  it('keeps the reason of a machine that nobody could read, however late it ends', () => {
    for (const hours of [47, 50, 100]) {
      const at = new Date(Date.parse('2026-11-28T14:00:00.000Z') + hours * 3_600_000).toISOString();
      const { notJudged: _, judged: __, ...end } = line(1, { ended: { seenAt: at, at, because: 'x' }, sweepAt: at });
      const census = counted([head, line(1, notJudged('unreadable'))], [{ ...head, sweepAt: at }, end]);
      expect([hours, census]).toMatchObject([hours, { launched: 1, othersEnded: 0, notJudged: { unreadable: 1 } }]);
    }
  });

  it('counts a machine that was stopped and started again as another life', () => {
    const again = { launchedAt: '2026-11-28T16:00:00.000Z' };
    const census = counted(
      [head, line(1, { judged, ...ended('15:00') })],
      [line(1, { ...again, ...notJudged('unreadable') })],
    );
    expect(census).toMatchObject({ launched: 2, judged: 1, notJudged: { unreadable: 1 } });
  });

  it('takes what sweeps remembered for lost where it begins again, and the time in between for a gap', () => {
    const later = { ...head, sweepAt: '2026-11-28T21:30:00.000Z', begunAt: '2026-11-28T21:30:00.000Z' };
    const gap = { from: head.sweepAt, to: later.begunAt, because: 'what the sweeps before remembered is lost' };
    expect(counted([head, line(1, { judged })], [later])?.gaps).toEqual([gap]);
    expect(counted([head], [{ ...head, sweepAt: later.sweepAt }])?.gaps).toEqual([]);
  });

  it('takes silence for a gap by what the runs saw of the sweeps, and names the last time that was looked at', () => {
    const count = new CensusCount('2026-11-28T05:00:00.000Z');
    count.add(`${JSON.stringify(head)}\n`);
    const sweptAt = '2026-11-28T23:00:00.000Z';
    count.addRun({ startedAt: '2026-11-28T23:10:00.000Z', sweptAt });
    expect(count.history).toMatchObject({ to: sweptAt, gaps: [] });
    for (const day of ['2026-11-29', '2026-12-16']) {
      count.addRun({ startedAt: `${day}T05:00:00.000Z`, sweptAt });
      const gap = { from: sweptAt, to: `${day}T05:00:00.000Z`, because: 'no sweep ran' };
      expect(count.history).toMatchObject({ to: sweptAt, gaps: [gap] });
    }
    expect(said(count.history)).toContain(`from ${head.begunAt} to ${sweptAt};`);
  });

  it('settles what a machine came to three days after its end, or its launch', () => {
    const of = (at: string, ...before: readonly CensusLine[]) =>
      counted([head, ...before], [{ ...head, sweepAt: at }], [line(1, { judged })]);
    const [waiting, gone] = [line(1, notJudged('waiting')), line(1, { ...notJudged('ended'), ...ended('14:09') })];
    expect(of('2026-12-01T14:02:00.000Z', waiting)).toMatchObject({ launched: 1, judged: 1 });
    const late = of('2026-12-01T14:02:00.001Z', waiting);
    expect(late).toMatchObject({ launched: 1, judged: 0, notJudged: { waiting: 1 } });
    expect(of('2026-12-01T14:15:00.000Z', gone)).toMatchObject({ launched: 1, judged: 1 });
    expect(of('2026-12-01T14:15:00.001Z', gone)).toMatchObject({ launched: 2, judged: 1, notJudged: { short: 1 } });
  });

  const lived = (kind: NotJudgedKind, until: string) => line(1, { ...notJudged(kind), ...ended(until) });
  const { at: _, ...unsaid } = ended('14:16').ended;
  it.each<[string, CensusLine, object]>([
    ['just below the time between sweeps', lived('waiting', '14:16'), { short: 1, waiting: 0 }],
    ['just that time', lived('waiting', '14:17'), { short: 0, waiting: 1 }],
    ['a short time, and could not be read', lived('unreadable', '14:09'), { short: 0, unreadable: 1 }],
    ['until a sweep missed it', line(1, { ...notJudged('waiting'), ended: unsaid }), { short: 1, waiting: 0 }],
  ])('says of a machine that lived %s why it was not judged', (_what, each, counts) => {
    expect(counted([head, each])?.notJudged).toMatchObject(counts);
  });

  it('begins with its first head, ends with its last sweep, and names twenty that nobody could read', () => {
    const later = {
      ...head,
      sweepAt: '2026-11-29T14:15:00.000Z',
      begunAt: '2026-11-29T14:15:00.000Z',
      everyMinutes: 5,
    };
    const early = { ...head, everyMinutes: 7 };
    const unread = Array.from({ length: 21 }, (__, number) => line(number, notJudged('unreadable')));
    const census = counted([head, ...unread], [later], [early]);
    expect(census).toMatchObject({ from: sweepAt, to: later.sweepAt, everyMinutes: 7 });
    expect([census?.unreadable.length, census?.notJudged.unreadable]).toEqual([20, 21]);
  });

  it('takes lines of 4,096 characters, and gaps of no place with 200 of their reason', () => {
    const because = 'x'.repeat(201);
    const gap = { version: 1, sweepAt, gap: { from: sweepAt, to: sweepAt, because } } as const;
    const padded = (length: number) => JSON.stringify(head).padEnd(length);
    const census = counted([padded(4_096), gap as never, padded(4_097)]);
    expect(census?.refused).toBe(1);
    expect(census?.gaps).toEqual([{ ...gap.gap, because: `${'x'.repeat(199)}…` }]);
  });

  it('leaves to the first run of the period what was there when it began', () => {
    const count = new CensusCount('2026-11-28T14:05:00.000Z');
    const since = line(3, { judged, launchedAt: sweepAt });
    const then = line(4, { judged, launchedAt: '2026-11-28T14:05:00.000Z' });
    const before = [
      line(1, { judged }),
      line(2, { judged, ...ended('14:04') }),
      line(5, { judged, ...ended('14:05') }),
    ];
    const lines = [head, ...before, since, then];
    count.add(lines.map((each) => `${JSON.stringify(each)}\n`).join(''));
    expect(count.history).toMatchObject({ launched: 3, judged: 3, othersEnded: 1 });
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
    const ones = Object.fromEntries(Object.keys(notJudged).map((kind) => [kind, 1])) as typeof notJudged;
    const each = { launched: 9, judged: 0, notJudged: { ...ones, 'never-joined': 1 }, unreadable: ['x'], refused: 1 };
    expect(one && said({ ...one, ...each, gaps: gaps.slice(1) })).toMatchSnapshot();
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
    const since = (...times: readonly string[]) => {
      const runs = times.map((time) => ({ ...run, startedAt: `2026-11-28T${time}:00.000Z` }));
      return census && /that lived since 2026-11-28T(\d\d:\d\d)/.exec(population({ runs, census }))?.[1];
    };
    expect([since('05:00', '06:00', '20:00'), since('06:00', '14:15', '20:00')]).toEqual(['06:00', '14:15']);
    expect(since('20:00', '21:00')).toBe('20:00');
  });

  it('is nothing where no sweep left anything: then machines between two runs are said to be unseen', () => {
    expect(counted()).toBeUndefined();
    expect(said(undefined)).toBe('Nodes that lived only between two runs were not seen by any.');
  });
});
