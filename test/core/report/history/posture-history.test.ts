import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HistoryLine, historyParser } from '../../../../lambda/core/report/history/history-line.ts';
import { compareRuns, postureHistory, runsOf } from '../../../../lambda/core/report/history/posture-history.ts';
import { changeWords } from '../../../../lambda/core/report/history-words.ts';
import { historyPage } from '../../../../lambda/core/report/html/history-page.ts';
import { comparisonText } from '../../../../lambda/core/report/terminal/history.ts';
import { line, type Open, open } from './history-lines.ts';

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
    ['a failure in a cluster that was not audited', [open('a')], [], { status: 'failed' }, { notSeenAgain: ['a'] }],
    ['a failure that may be among what is only counted', [open('a')], [], { moreOpen: 1 }, { notSeenAgain: ['a'] }],
    ['a waiver that ends', [open('a', 'waived')], [open('a')], {}, { opened: ['a'] }],
  ] as const)('%s is just that', (_, before, after, change, expected) => {
    const all = between(line(1, { open: before }), line(2, { open: after, ...change }));
    expect(all).toEqual({ opened: [], fixed: [], notSeenAgain: [], ...expected });
  });

  it('a cluster that is gone from the runs is not seen again, and not fixed', () => {
    const other = line(2, { cluster: 'green' });
    expect(between(line(1, { open: [open('a')] }), other)).toEqual({ opened: [], fixed: [], notSeenAgain: ['a'] });
  });

  it('every failure of either is in exactly one place, or in both runs', () => {
    const standing = fc.constantFrom('fail' as const, 'warn', 'unknown', 'waived');
    const each = fc.record({ group: fc.constantFrom('a', 'b', 'c', 'd'), standing });
    const some = fc
      .uniqueArray(each, { selector: ({ group }) => group })
      .map((all) => all.map((given) => open(given.group, given.standing)));
    fc.assert(
      fc.property(some, some, fc.boolean(), (before, after, complete) => {
        const { opened, fixed, notSeenAgain } = between(line(1, { open: before }), line(2, { open: after, complete }));
        const groups = (all: readonly Open[], wanted: string) =>
          all.filter(({ standing }) => standing === wanted).map(({ group }) => group);
        const [failed, fails, waived] = [groups(before, 'fail'), groups(after, 'fail'), groups(after, 'waived')];

        expect(opened.toSorted()).toEqual(fails.filter((group) => !failed.includes(group)).toSorted());
        const ended = failed.filter((group) => !fails.includes(group) && !waived.includes(group));
        expect([...fixed, ...notSeenAgain].toSorted()).toEqual(ended.toSorted());
        if (!complete) expect(fixed).toEqual([]);
      }),
    );
  });
});

it('over a period a cluster that no run read completely has one gap, as long as it is known', () => {
  const dark = (number: number) => line(number, { unreadable: 1 });
  const clustersOf = (...lines: readonly HistoryLine[]) => postureHistory(runsOf(lines)).clusters;
  expect(clustersOf(dark(1), dark(2), dark(5))).toMatchObject([{ completeDays: 0, longestGapDays: 4 }]);
  // A gap ends with the cluster, and only where a run saw it leave.
  expect(clustersOf(line(1), line(2, { status: 'gone' }))).toMatchObject([{ longestGapDays: 1 }]);
  const other = (number: number) => line(number, { cluster: 'green' });
  const [blueOnly] = clustersOf(line(1), other(1), other(5));
  expect(blueOnly?.longestGapDays).toBe(4);
});

it('the lines of a run make a page that shows a hostile name as text', () => {
  const hostile = line(1, { open: [open('<script>alert(1)</script>\u001b[31m')] });
  const { lines } = historyParser()(JSON.stringify(hostile));
  const page = historyPage(runsOf([...lines, line(2)]), { version: '0' });
  expect(page).toContain('&lt;script>alert(1)');
  expect(page).not.toContain('<script>alert');
  expect(page).not.toContain('\u001b');
  expect(page).toContain('<svg');
});

// Not as a run writes it: other words of its own, other order, keys that nobody knows, keys twice, what is no line.
const tampered = fc.constantFrom<(text: string) => string>(
  (text) => text,
  (text) => text,
  (text) => text.replace('{', '{ '),
  (text) => text.replace(/}$/, ',"more":1}'),
  (text) => text.replace(/}$/, ',"run":"other"}'),
  (text) => text.replace('"nodes":', '"nodes":-'),
  (text) => text.replace(/"startedAt":"[^"]*"/, '"startedAt":"today"'),
);
const [number, nodes] = [fc.integer({ min: 1, max: 9 }), fc.integer({ min: 3, max: 4 })];
const opened = fc.constantFrom([], [open('a')], [open('a'), open('b', 'warn')]);
const each = fc.record({ number, nodes, opened, tampered, cluster: fc.constantFrom('blue', 'green') });
const lines = fc.array(each, { maxLength: 12 });

it('historyParser reads a line after others as it reads it alone', () => {
  fc.assert(
    fc.property(lines, (all) => {
      const parse = historyParser();
      for (const { number, cluster, nodes, opened, tampered } of all) {
        const text = tampered(JSON.stringify(line(number, { open: opened, cluster, nodes })));
        expect(parse(text)).toEqual(historyParser()(text));
      }
    }),
  );
});

describe('what sweeps saw between two runs', () => {
  const at = (day: number) => line(day, { startedAt: `2026-11-${day}T10:00:00.000Z` });
  const [before, after] = runsOf([at(20), at(22)]);
  const failure = (at: string, endedAt?: string, group = 'spot (karpenter)') => ({
    cluster: '111122223333/eu-west-1/blue',
    group,
    at: `2026-11-${at}:00.000Z`,
    ...(endedAt && { endedAt: `2026-11-${endedAt}:00.000Z` }),
  });
  const compared = (...failures: readonly ReturnType<typeof failure>[]) => compareRuns(before!, after!, failures);

  it('is counted by node group, apart from what the runs saw, and only what ended before the later run is gone', () => {
    const failures = [
      failure('20T09:59', '21T00:00'),
      failure('20T10:01', '21T00:00'),
      failure('21T12:00', '22T10:01'),
      failure('21T12:00'),
      failure('21T12:00', '21T13:00', 'batch (managed)'),
      failure('22T10:01'),
    ];
    const { swept, ...rest } = compared(...failures);
    expect(swept?.map(({ group, machines, gone }) => [group, machines, gone])).toEqual([
      ['batch (managed)', 1, 1],
      ['spot (karpenter)', 3, 1],
    ]);
    expect(rest).toEqual(compared());
  });

  it('is in the words, the table and the page of the comparison: no failure of the runs is not no failure', () => {
    const found = compared(failure('21T12:00', '21T13:00'), failure('21T12:00'));
    const words = 'Between the runs, sweeps saw 2 machines fail; 1 of them is gone, not fixed.';
    expect(changeWords(found)).toBe(`The runs saw no failure begin, and none fixed. ${words}`);
    const row = '111122223333/eu-west-1/blue, node group spot (karpenter): 2 machines, 1 of them gone, not fixed';
    expect(comparisonText(found, { width: 1_000 })).toContain(
      `\nFailed between the runs, seen by sweeps: 2 machines\n  ${row}\n`,
    );
    expect(historyPage([before!, after!], { version: '1', compared: found })).toContain(`<li>${row}</li>`);
  });
});
