import { describe, expect, it } from 'vitest';
import type { CensusHistory } from '../../../../lambda/core/report/history/census-history.ts';
import type { HistoryLine } from '../../../../lambda/core/report/history/history-line.ts';
import {
  compareRuns,
  type Episode,
  episodesOf,
  postureHistory,
  runsOf,
} from '../../../../lambda/core/report/history/posture-history.ts';
import { changeWords } from '../../../../lambda/core/report/history-words.ts';
import { day, line, type Open, open } from './history-lines.ts';

const [blue, green] = ['111122223333/eu-west-1/blue', '111122223333/eu-west-1/green'];

it('the runs of lines stand in the order of their time, then of their names, each with its clusters', () => {
  const lines = [line(2, { cluster: 'green' }), line(1), line(2), line(2, { run: 'run-0' })];
  const clusters = (...all: readonly (readonly [string, HistoryLine | undefined])[]) => new Map(all);
  expect(runsOf(lines)).toStrictEqual([
    { run: 'run-1', startedAt: day(1), clusters: clusters([blue, lines[1]]) },
    { run: 'run-0', startedAt: day(2), clusters: clusters([blue, lines[3]]) },
    { run: 'run-2', startedAt: day(2), clusters: clusters([green, lines[0]], [blue, lines[2]]) },
  ]);
  expect(runsOf([])).toEqual([]);
});

it('a comparison names each change with its cluster, cluster by cluster', () => {
  const [before, after] = runsOf([
    line(1, { cluster: 'green', open: [open('a'), open('b')] }),
    line(1, { open: [open('a'), open('a', 'fail', 'anonymous'), open('d')] }),
    line(2, { cluster: 'green', open: [open('c')] }),
    line(2, { open: [open('a'), open('e'), open('d', 'waived', 'other'), open('d', 'unknown')] }),
  ]);
  const change = (cluster: string, group: string, control = 'ca') => ({ cluster, control, group });
  const opened = [change(blue, 'e'), change(green, 'c')];
  const fixed = [change(blue, 'a', 'anonymous'), change(green, 'a'), change(green, 'b')];
  const compared = compareRuns(before!, after!);
  const notSeenAgain = [change(blue, 'd')];
  expect(compared).toStrictEqual({ before: 'run-1', after: 'run-2', opened, fixed, notSeenAgain });
});

describe('a failure', () => {
  const lines = (standing: Open['standing'] | undefined, change: Partial<HistoryLine> = {}) => [
    line(1, { open: [open('a')] }),
    line(2, { open: standing ? [open('a', standing)] : [], ...change }),
  ];

  it.each<[string, readonly HistoryLine[]]>([
    ['it still fails', lines('fail')],
    ['it is waived', lines('waived')],
    ['it was not read', lines('unknown')],
    ['its cluster is in no run any more', [...lines('fail').slice(0, 1), line(2, { cluster: 'green' })]],
  ])('stays open while %s', (_what, all) => {
    expect(episodesOf(runsOf(all))).toStrictEqual([{ cluster: blue, control: 'ca', group: 'a', openedAt: day(1) }]);
  });

  it('ends where a run proves it, and another begins', () => {
    const again = line(3, { open: [open('a')] });
    const both = episodesOf(runsOf([...lines(undefined), again]));
    const of = { cluster: blue, control: 'ca', group: 'a' };
    const first = { ...of, openedAt: day(1), fixedAt: day(2) };
    expect(both).toStrictEqual([first, { ...of, openedAt: day(3) }]);
  });

  it.each<[string, Partial<HistoryLine>]>([
    ['its cluster is gone', { status: 'gone', nodes: 0 }],
    ['its node group is gone, and another one passes', { groups: ['b'] }],
    ['its cluster has no node any more', { nodes: 0, groups: [] }],
  ])('is gone and not fixed when %s', (_what, change) => {
    const runs = runsOf(lines(undefined, change));
    expect(episodesOf(runs)).toStrictEqual([
      { cluster: blue, control: 'ca', group: 'a', openedAt: day(1), goneAt: day(2) },
    ]);
    const [cluster] = postureHistory(runs).clusters;
    expect(cluster).toMatchObject({ openNow: 0, fixed: 0, gone: 1 });
    expect(cluster).not.toHaveProperty('meanDaysToFix');
    const compared = compareRuns(runs[0]!, runs[1]!);
    expect(compared).toMatchObject({
      fixed: [],
      notSeenAgain: [],
      gone: [{ cluster: blue, control: 'ca', group: 'a' }],
    });
    expect(changeWords(compared)).toBe(
      '0 failures began, 0 were fixed. 1 was not fixed: the node group or the cluster is gone.',
    );
  });

  it.each<[string, Partial<HistoryLine>, keyof Episode | undefined]>([
    ['the node group passes', { groups: ['a'] }, 'fixedAt'],
    ['an earlier release named no groups', {}, 'fixedAt'],
    ['the cluster was not listed to the end', { groups: [], complete: false }, undefined],
  ])('is no other case when %s', (_what, change, end) => {
    const [episode = {}] = episodesOf(runsOf(lines(undefined, change)));
    for (const each of ['fixedAt', 'goneAt'] as const) expect(each in episode, each).toBe(each === end);
  });

  it('is in the order of time, cluster, control and group, ended or not', () => {
    const all = [
      line(1, { cluster: 'green', open: [open('a')] }),
      line(1, { open: [open('b'), open('a'), open('z', 'fail', 'anonymous')] }),
      line(2, { open: [open('c'), open('a'), open('z', 'fail', 'anonymous')] }),
    ];
    const names = episodesOf(runsOf(all)).map(({ cluster, control, group }) => `${cluster} ${control} ${group}`);
    const ofBlue = ['anonymous z', 'ca a', 'ca b'].map((each) => `${blue} ${each}`);
    expect(names).toEqual([...ofBlue, `${green} ca a`, `${blue} ca c`]);
  });
});

describe('a history', () => {
  it('is shown whole', () => {
    const lines = [
      line(1, { open: [open('a'), open('b')], runGaps: 2 }),
      line(1, { cluster: 'green', nodes: 5, unreadable: 2, runGaps: 2, open: [open('a', 'unknown')] }),
      line(2, { open: [open('b')] }),
      line(2, { cluster: 'green', nodes: 5, open: [open('a', 'warn')] }),
      line(3, { status: 'failed', complete: false, nodes: 0 }),
      line(3, { cluster: 'green', status: 'gone', nodes: 0 }),
      line(5, { nodes: 4, unreadable: 1, open: [open('c')] }),
      line(9, { nodes: 4, open: [open('c')] }),
    ];
    const episode = (group: string, openedAt: number, fixedAt?: number) => {
      const of = { cluster: blue, control: 'ca', group, openedAt: day(openedAt) };
      return fixedAt === undefined ? of : { ...of, fixedAt: day(fixedAt) };
    };
    const nodes = (...all: readonly [number, number][]) => all.map(([existed, read]) => ({ existed, read }));
    const run = (number: number, rest: object) => ({ run: `run-${number}`, startedAt: day(number), ...rest });

    expect(postureHistory(runsOf(lines))).toStrictEqual({
      from: day(1),
      to: day(9),
      runs: [
        run(1, { clusters: 2, incomplete: 1, gaps: 2, failures: 2, nodes: 8, read: 6 }),
        run(2, { clusters: 2, incomplete: 0, gaps: 0, failures: 1, nodes: 8, read: 8 }),
        run(3, { clusters: 1, incomplete: 1, gaps: 0, failures: 0, nodes: 0, read: 0 }),
        run(5, { clusters: 1, incomplete: 1, gaps: 0, failures: 1, nodes: 4, read: 3 }),
        run(9, { clusters: 1, incomplete: 0, gaps: 0, failures: 1, nodes: 4, read: 4 }),
      ],
      // Usually two days lie between two runs (1, 1, 2, 4): where it is four, one is missing.
      missedRuns: 1,
      clusters: [
        {
          cluster: blue,
          failures: [2, 1, undefined, 1, 1],
          openNow: 1,
          longestOpenDays: 4,
          fixed: 2,
          meanDaysToFix: 2.5,
          completeDays: 3,
          longestGapDays: 7,
          nodes: nodes([3, 3], [3, 3], [0, 0], [4, 3], [4, 4]),
        },
        {
          cluster: green,
          failures: [0, 0, undefined, undefined, undefined],
          openNow: 0,
          longestOpenDays: 0,
          fixed: 0,
          goneAt: day(3),
          completeDays: 1,
          longestGapDays: 1,
          nodes: nodes([5, 3], [5, 5], [0, 0]),
        },
      ],
      episodes: [episode('a', 1, 2), episode('b', 1, 5), episode('c', 5)],
    });
  });

  it('is empty without a run', () => {
    const empty = { from: '', to: '', runs: [], missedRuns: 0, clusters: [], episodes: [] };
    expect(postureHistory([])).toStrictEqual(empty);
    const census = { from: 'a', to: 'b' } as CensusHistory;
    expect(postureHistory([], census)).toStrictEqual({ ...empty, census });
  });

  it.each([
    ['one run', [1], 0],
    ['two runs', [1, 9], 0],
    ['runs every day', [1, 2, 3, 4], 0],
    ['runs every other day', [1, 3, 5, 7], 0],
    ['a day left out', [1, 2, 3, 5, 6], 1],
    ['days left out in two places', [1, 2, 3, 5, 6, 7, 10, 11, 12], 3],
    ['a run at the same time', [1, 1, 1, 9], 0],
  ])('misses what a regular schedule would have had: %s', (_what, days, missing) => {
    const lines = days.map((number, index) => line(number, { run: `run-${String(index).padStart(2, '0')}` }));
    expect(postureHistory(runsOf(lines)).missedRuns).toBe(missing);
  });

  it('misses nothing where a run is half an interval late', () => {
    const at = (startedAt: string) => line(1, { run: startedAt, startedAt });
    const lines = (last: string) => [at(day(1)), at(day(2)), at(day(3)), at(last)];
    expect(postureHistory(runsOf(lines('2026-11-04T17:00:00.000Z'))).missedRuns).toBe(0);
    expect(postureHistory(runsOf(lines('2026-11-04T17:00:00.001Z'))).missedRuns).toBe(1);
  });

  it('counts two readings of one day as one day', () => {
    const evening = line(1, { run: 'run-1b', startedAt: '2026-11-01T17:00:00.000Z' });
    const [cluster] = postureHistory(runsOf([line(1), evening])).clusters;
    expect(cluster).toMatchObject({ completeDays: 1, longestGapDays: 0.5 });
  });
});
