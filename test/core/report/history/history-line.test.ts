import { describe, expect, it } from 'vitest';
import {
  type HistoryLine,
  historyLineOf,
  historyParser,
  lineName,
} from '../../../../lambda/core/report/history/history-line.ts';
import { answer, blue, region } from '../../run/complete-run.ts';
import { day, line as of } from './history-lines.ts';

const group = { control: 'kubelet-client-ca-file', group: 'workers (managed)', standing: 'fail', nodes: 1 } as const;
const run = { runId: 'run-1', startedAt: day(1), gaps: 2 };
const failed = { status: 'failed', complete: false } as const;
const line = of(1, { ...failed, nodes: 10, unreadable: 3, open: [group], moreOpen: 4, runGaps: 2 });

describe('the line of an answer', () => {
  it('says of a cluster what is open and what was not read', () => {
    const given = answer(blue, { ...failed, unreadableNodes: 3, open: { groups: [group], more: 4 } });
    expect(historyLineOf(given, run)).toStrictEqual(line);
    expect(lineName(line)).toBe('111122223333/eu-west-1/blue');
  });

  it('says that nothing is open where everything passes, and nothing of a Region', () => {
    expect(historyLineOf(answer(blue), run)).toMatchObject({ open: [], moreOpen: 0, complete: true, unreadable: 0 });
    expect(historyLineOf(answer(region), run)).toBeUndefined();
  });
});

describe('a line that is read', () => {
  const read = (...lines: readonly unknown[]) =>
    historyParser()(lines.map((each) => (typeof each === 'string' ? each : JSON.stringify(each))).join('\n'));

  it('is all that it says, without what nobody knows', () => {
    const { runGaps: _, ...older } = line;
    expect(read(line, older)).toStrictEqual({ lines: [line, older], refused: 0 });
    expect(read({ ...line, more: 1, open: [{ ...group, more: 1 }] })).toStrictEqual({ lines: [line], refused: 0 });
  });

  it('is printable', () => {
    const [first] = read({ ...line, open: [{ ...group, group: `a\u001b[31mb${'c'.repeat(380)}` }] }).lines;
    expect(first?.open).toEqual([{ ...group, group: `a b${'c'.repeat(296)}…` }]);
  });

  it('is read among others that are refused and counted, and empty ones that are neither', () => {
    const green = { ...line, cluster: 'green' };
    expect(read('', 'hello', line, '', '{}', green)).toStrictEqual({ lines: [line, green], refused: 2 });
    expect(read('')).toEqual({ lines: [], refused: 0 });
  });

  it.each<[string, object]>([
    ['no version', { schemaVersion: undefined }],
    ['no run', { run: undefined }],
    ['a run without a name', { run: '' }],
    ['a run that leads elsewhere', { run: '../x' }],
    ['a run of a long name', { run: 'r'.repeat(81) }],
    ['a time that is none', { startedAt: 'yesterday' }],
    ['an account that is none', { account: '1' }],
    ['a Region that is none', { region: '../x' }],
    ['a cluster that is none', { cluster: 'a/b' }],
    ['a status that is none', { status: 'fine' }],
    ['nothing of its completeness', { complete: 'yes' }],
    ['less than no node', { nodes: -1 }],
    ['half a node', { nodes: 1.5 }],
    ['less than no unread node', { unreadable: -1 }],
    ['no list of what is open', { open: undefined }],
    ['what is open without a control', { open: [{ ...group, control: undefined }] }],
    ['what is open without a group', { open: [{ ...group, group: undefined }] }],
    ['what is open in a group of a long name', { open: [{ ...group, group: 'g'.repeat(401) }] }],
    ['what is open in no number of nodes', { open: [{ ...group, nodes: -1 }] }],
    ['less than nothing open', { moreOpen: -1 }],
    ['less than no gap', { runGaps: -1 }],
  ])('is refused with %s', (_what, change) => {
    expect(read({ ...line, ...change })).toEqual({ lines: [], refused: 1 });
  });

  it('may be of a cluster in each status, and of a group in each standing', () => {
    for (const status of ['done', 'gone', 'failed']) expect(read({ ...line, status }).refused).toBe(0);
    for (const standing of ['fail', 'warn', 'unknown', 'waived'])
      expect(read({ ...line, open: [{ ...group, standing, group: 'g'.repeat(400) }] }).refused).toBe(0);
  });

  it('has of what was said before the same list, which is kept once', () => {
    const parse = historyParser();
    const text = (change: Partial<HistoryLine>) => JSON.stringify({ ...line, ...change });
    const [first] = parse(text({})).lines;
    const second = { run: 'run-2', startedAt: day(2) };
    const more = [text(second), text({ cluster: 'green', open: [{ ...group }] }), text({ open: [] })];
    const [again, other, empty] = parse(more.join('\n')).lines;
    expect(again).toStrictEqual({ ...line, ...second });
    expect(again?.open).toBe(first?.open);
    expect(other?.open).toBe(first?.open);
    expect(empty?.open).toEqual([]);
    expect(parse(text({ open: [], cluster: 'green' })).lines[0]?.open).toBe(empty?.open);
  });

  it('is believed of a run’s name and time only what a whole line says', () => {
    const parse = historyParser();
    const text = JSON.stringify(line);
    expect(parse(text).refused).toBe(0);
    expect(parse(text.replace('"run-1"', '"run 1"')).refused).toBe(1);
    expect(parse(text.replace(line.startedAt, 'yesterday')).refused).toBe(1);
    expect(parse(text.replace('"run-1"', '"run-3"')).lines).toStrictEqual([{ ...line, run: 'run-3' }]);
    expect(parse(text.replace('"111122223333"', '"1111222233330"')).refused).toBe(1);
  });

  it('is none with anything before or behind it, though a line before said the same', () => {
    const parse = historyParser();
    const text = JSON.stringify(line);
    expect(parse(text).refused).toBe(0);
    for (const tampered of [`x${text}`, `${text}x`, `${text}\rx`, `${text}\u2028x`])
      expect(parse(tampered).refused).toBe(1);
  });
});
