import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HistoryLine, historyLineOf, historyParser } from '../../../../lambda/core/report/history/history-line.ts';
import {
  compareRuns,
  episodesOf,
  postureHistory,
  runsOf,
} from '../../../../lambda/core/report/history/posture-history.ts';
import { effectiveness } from '../../../../lambda/core/report/history-words.ts';
import { historyPage } from '../../../../lambda/core/report/html/history-page.ts';
import { sparkline } from '../../../../lambda/core/report/terminal/history.ts';
import { answer, blue } from '../../run/complete-run.ts';

const day = (number: number) => `2026-11-${String(number).padStart(2, '0')}T05:00:00.000Z`;
type Open = HistoryLine['open'][number];
const open = (group: string, standing: Open['standing'] = 'fail'): Open => ({
  control: 'kubelet-client-ca-file',
  group,
  standing,
  nodes: 1,
});

const line = (number: number, opened: readonly Open[] = [], change: Partial<HistoryLine> = {}): HistoryLine => ({
  schemaVersion: 1,
  run: `run-${number}`,
  startedAt: day(number),
  account: '111122223333',
  region: 'eu-west-1',
  cluster: 'blue',
  status: 'done',
  complete: true,
  nodes: 3,
  unreadable: 0,
  open: opened,
  moreOpen: 0,
  ...change,
});
const between = (one: HistoryLine, other: HistoryLine) => {
  const [before, after] = runsOf([other, one]);
  const { opened, fixed, notSeenAgain } = compareRuns(before!, after!);
  const groups = (all: typeof opened) => all.map(({ group }) => group);
  return { opened: groups(opened), fixed: groups(fixed), notSeenAgain: groups(notSeenAgain) };
};

describe('between two runs', () => {
  it.each([
    ['a failure that begins', [], [open('a')], {}, { opened: ['a'] }],
    ['a failure that is fixed', [open('a')], [], {}, { fixed: ['a'] }],
    ['a failure that stays', [open('a')], [open('a')], {}, {}],
    ['a failure whose node group is unread now', [open('a')], [open('a', 'unknown')], {}, { notSeenAgain: ['a'] }],
    ['a failure that is suspected now', [open('a')], [open('a', 'warn')], {}, { notSeenAgain: ['a'] }],
    ['a failure that is waived now', [open('a')], [open('a', 'waived')], {}, {}],
    ['a failure in a cluster that was not listed', [open('a')], [], { complete: false }, { notSeenAgain: ['a'] }],
    [
      'a failure in a cluster that could not be audited',
      [open('a')],
      [],
      { status: 'failed' },
      { notSeenAgain: ['a'] },
    ],
    [
      'a failure that may be among those that are only counted',
      [open('a')],
      [open('b')],
      { moreOpen: 1 },
      { opened: ['b'], notSeenAgain: ['a'] },
    ],
    ['a waiver that ends', [open('a', 'waived')], [open('a')], {}, { opened: ['a'] }],
  ] as const)('%s is just that', (_, before, after, change, expected) => {
    expect(between(line(1, before), line(2, after, change))).toEqual({
      opened: [],
      fixed: [],
      notSeenAgain: [],
      ...expected,
    });
  });

  it('a cluster that is gone from the runs is not seen again, and not fixed', () => {
    const other = line(2, [], { cluster: 'green' });
    expect(between(line(1, [open('a')]), other)).toEqual({ opened: [], fixed: [], notSeenAgain: ['a'] });
  });

  it('every failure of either is in exactly one place, or in both runs', () => {
    const some = fc.uniqueArray(
      fc.record({
        group: fc.constantFrom('a', 'b', 'c', 'd'),
        standing: fc.constantFrom('fail', 'warn', 'unknown', 'waived'),
      }),
      { selector: ({ group }) => group },
    );
    fc.assert(
      fc.property(some, some, fc.boolean(), (one, other, complete) => {
        const [before, after] = [one, other].map((all) =>
          all.map(({ group, standing }) => open(group, standing as Open['standing'])),
        );
        const { opened, fixed, notSeenAgain } = between(line(1, before), line(2, after, { complete }));
        const fails = (all: readonly Open[] = []) =>
          all.filter(({ standing }) => standing === 'fail').map(({ group }) => group);
        const waivedNow = (after ?? []).filter(({ standing }) => standing === 'waived').map(({ group }) => group);

        expect(opened.toSorted()).toEqual(
          fails(after)
            .filter((each) => !fails(before).includes(each))
            .toSorted(),
        );
        expect([...fixed, ...notSeenAgain].toSorted()).toEqual(
          fails(before)
            .filter((each) => !fails(after).includes(each) && !waivedNow.includes(each))
            .toSorted(),
        );
        if (!complete) expect(fixed).toEqual([]);
      }),
    );
  });
});

describe('over a period', () => {
  const lines = [
    line(1, [open('a')]),
    line(2, [open('a', 'unknown')], { unreadable: 1 }),
    line(3, []),
    line(4, [open('b')]),
    line(8, [open('b')]),
  ];
  const history = postureHistory(runsOf(lines));

  it('a failure is open until a run proves it fixed', () => {
    expect(episodesOf(runsOf(lines))).toMatchObject([
      { group: 'a', openedAt: day(1), fixedAt: day(3) },
      { group: 'b', openedAt: day(4) },
    ]);
    expect(history.clusters).toMatchObject([
      { openNow: 1, longestOpenDays: 4, fixed: 1, meanDaysToFix: 2, failures: [1, 0, 0, 1, 1] },
    ]);
  });

  it('runs that are missing, incomplete days and gaps are counted', () => {
    expect(history).toMatchObject({ missedRuns: 3, from: day(1), to: day(8) });
    expect(history.runs.map(({ incomplete }) => incomplete)).toEqual([0, 1, 0, 0, 0]);
    expect(history.clusters).toMatchObject([
      { completeDays: 4, longestGapDays: 4, nodes: [{ existed: 3, read: 3 }, { existed: 3, read: 2 }, {}, {}, {}] },
    ]);
  });

  it('a run that read nothing of a cluster is a gap in its line, never a zero', () => {
    const [cluster] = postureHistory(
      runsOf([line(1, [open('a')]), line(2, [], { status: 'failed', complete: false }), line(3, [])]),
    ).clusters;
    expect(cluster?.failures).toEqual([1, undefined, 0]);
    expect(sparkline(cluster?.failures ?? [])).toBe('█·▁');
  });

  it('a cluster that no run read completely has one gap, as long as it is known', () => {
    const dark = (number: number) => line(number, [], { unreadable: 1 });
    expect(postureHistory(runsOf([dark(1), dark(2), dark(5)])).clusters).toMatchObject([
      { completeDays: 0, longestGapDays: 4 },
    ]);
    // A gap ends with the cluster, and only where a run saw it leave.
    expect(postureHistory(runsOf([line(1), line(2, [], { status: 'gone' })])).clusters).toMatchObject([
      { longestGapDays: 1 },
    ]);
    const other = (number: number) => line(number, [], { cluster: 'green' });
    const [blueOnly] = postureHistory(runsOf([line(1), other(1), other(5)])).clusters;
    expect(blueOnly?.longestGapDays).toBe(4);
  });

  it('tells how the auditing worked: runs, gaps of a run that no line names, machines read', () => {
    const told = postureHistory(runsOf([line(1), line(2, [], { runGaps: 2 }), line(3, [], { unreadable: 1 })]));
    expect(told.runs.map(({ gaps }) => gaps)).toEqual([0, 2, 0]);
    expect(effectiveness(told)).toBe(
      '3 runs held, 0 missed, 2 incomplete. Of 3 machines that existed at the last run 2 were read; at the run of 2026-11-03, which left most unread, 2 of 3.',
    );
  });
});

describe('the lines of a run', () => {
  const written = historyLineOf(answer(blue, { open: { groups: [open('workers (managed)')], more: 0 } }), {
    runId: 'run-1',
    startedAt: day(1),
    gaps: 2,
  });

  it('come back as they were written', () => {
    expect(historyParser()(`${JSON.stringify(written)}\n`)).toEqual({ lines: [written], refused: 0 });
  });

  it.each([
    ['no JSON', 'hello'],
    ['another version', JSON.stringify({ ...written, schemaVersion: 2 })],
    ['a cluster that leads elsewhere', JSON.stringify({ ...written, cluster: '../x' })],
    ['a standing that is none', JSON.stringify({ ...written, open: [{ ...open('a'), standing: 'fine' }] })],
  ])('are refused and counted when one is %s', (_, text) => {
    expect(historyParser()(text)).toEqual({ lines: [], refused: 1 });
  });

  it('make a page that shows a hostile name as text', () => {
    const hostile = { ...line(1, [open('<script>alert(1)</script>\u001b[31m')]) };
    const { lines } = historyParser()(JSON.stringify(hostile));
    const page = historyPage(runsOf([...lines, line(2)]), { version: '0' });
    expect(page).toContain('&lt;script>alert(1)');
    expect(page).not.toContain('<script>alert');
    expect(page).not.toContain('\u001b');
    expect(page).toContain('<svg');
  });
});

describe('historyParser', () => {
  const lines = fc.array(
    fc.record({
      number: fc.integer({ min: 1, max: 9 }),
      cluster: fc.constantFrom('blue', 'green'),
      nodes: fc.integer({ min: 3, max: 4 }),
      opened: fc.constantFrom([], [open('a')], [open('a'), open('b', 'warn')]),
      // Not as a run writes it: other words of its own, other order, keys that nobody knows, keys twice, what is no line.
      tampered: fc.constantFrom<(text: string) => string>(
        (text) => text,
        (text) => text,
        (text) => text.replace('{', '{ '),
        (text) => text.replace(/}$/, ',"more":1}'),
        (text) => text.replace(/}$/, ',"run":"other"}'),
        (text) => text.replace('"nodes":', '"nodes":-'),
        (text) => text.replace(/"startedAt":"[^"]*"/, '"startedAt":"today"'),
      ),
    }),
    { maxLength: 12 },
  );

  it('reads a line after others as it reads it alone', () => {
    fc.assert(
      fc.property(lines, (all) => {
        const parse = historyParser();
        for (const { number, cluster, nodes, opened, tampered } of all) {
          const text = tampered(JSON.stringify(line(number, opened, { cluster, nodes })));
          expect(parse(text)).toEqual(historyParser()(text));
        }
      }),
    );
  });
});
