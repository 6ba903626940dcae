import { describe, expect, it } from 'vitest';
import type { NodeProgress } from '../../../../../lambda/core/fix/remediation/run/progress.ts';
import { dryRunText, outcomeText, undoText } from '../../../../../lambda/core/fix/remediation/run/run-text.ts';

const node = (number: number, state: NodeProgress['state'], because?: string): NodeProgress => {
  const of = { controls: ['kubelet-read-only-port'], trust: [], group: 'managed/workers' };
  return { key: `i-${number}`, instanceId: `i-${number}`, ...of, state, ...(because !== undefined && { because }) };
};
const change = { kind: 'setting', file: '/a', name: 'readOnlyPort', before: '', after: '0' };
const changes = [change, { ...change, name: 'x', before: '1', after: '2' }];
const answer = { outcome: 'dry-run', code: 'disk-full', words: 'the disk is full', changes } as const;
const undo = '  --undo r-1 puts the previous files back within 30 days.\n';
const textOf = (nodes: readonly NodeProgress[], change: Partial<Parameters<typeof outcomeText>[1]> = {}): string => {
  const others = { name: 'managed/others', nodes: nodes.slice(2) };
  const groups = [{ name: 'managed/workers', nodes: nodes.slice(0, 2) }, others];
  const options = { cluster: 'blue', ended: 'finished', mode: 'apply', run: 'r-1', width: 300 } as const;
  return outcomeText({ groups }, { ...options, bold: (text) => `*${text}*`, ...change });
};

it.each<[Parameters<typeof dryRunText>[1], string]>([
  [{ kind: 'not-begun', because: 'it\u001b[31m left' }, 'not asked: it left'],
  [{ kind: 'silent', because: 'no answer' }, 'not asked: no answer'],
  [{ kind: 'answered', answer: { ...answer, outcome: 'already' } }, 'is as wanted: nothing would be changed'],
  [{ kind: 'answered', answer: { ...answer, outcome: 'refused' } }, 'would refuse: the disk is full'],
  [{ kind: 'answered', answer: { ...answer, outcome: 'failed', words: '' } }, 'would refuse: disk-full'],
  [
    { kind: 'answered', answer },
    'would be changed\n    /a setting readOnlyPort: (not set) -> 0\n    /a setting x: 1 -> 2',
  ],
])('what a node would change reads: %j', (end, text) => {
  expect(dryRunText(node(1, 'waiting'), end, 200)).toBe(`i-1 (managed/workers): ${text}`);
});

it('what an undo puts back is the difference of what was changed, once for the nodes that share it', () => {
  const nodes = [{ ...node(1, 'waiting'), changes }, { ...node(2, 'waiting'), changes }, node(3, 'waiting')];
  expect(undoText({ groups: [{ name: 'managed/workers', nodes }] }, 200).split('\n')).toEqual([
    '  managed/workers: i-1, i-2',
    '    /a setting readOnlyPort: 0 -> (not set)',
    '    /a setting x: 2 -> 1',
    '  managed/workers: i-3',
    '    Systems Manager no longer knows what was changed',
  ]);
});

describe('what became of the nodes', () => {
  it('is one line where all are fixed', () => {
    expect(textOf([node(1, 'done')])).toBe(`*1 of 1 node fixed in cluster blue*\n${undo}`);
    const three = [1, 2, 3].map((number) => node(number, 'done'));
    expect(textOf(three)).toBe(`*3 of 3 nodes fixed in cluster blue*\n${undo}`);
    expect(textOf([node(1, 'done')], { mode: 'undo' })).toBe('*1 of 1 node put back in cluster blue*\n');
  });

  it('names the nodes of a group that share a reason in one line', () => {
    const nodes = [node(1, 'untouched', 'x'), node(2, 'untouched', 'x'), node(3, 'untouched', 'y')];
    const lines = '  i-1, i-2 (managed/workers): not changed: x\n  i-3 (managed/workers): not changed: y\n';
    expect(textOf(nodes)).toBe(`*0 of 3 nodes fixed in cluster blue*\n${lines}`);
  });

  it('begins with those that did not come back, however they stood in the plan', () => {
    const nodes = [
      node(1, 'gone'),
      node(2, 'untouched', 'the disk is full'),
      node(3, 'done'),
      node(4, 'restored', 'it did not stay well'),
      node(5, 'lost', 'it said nothing'),
      node(6, 'waiting'),
      node(7, 'waiting'),
    ];

    const first = '--resume r-1 goes on with this run';
    expect(textOf(nodes, { ended: 'stopped' }).split('\n').slice(0, -2)).toEqual([
      '*1 of 7 nodes fixed in cluster blue*',
      '  i-4 (managed/workers): put back as it was: it did not stay well',
      '  i-5 (managed/workers): NOT as planned: it said nothing',
      '  i-2 (managed/workers): not changed: the disk is full',
      '  i-1 (managed/workers): left the cluster',
      '  2 nodes not begun: the run stopped before them',
      `  Look at these nodes first. ${first}; --skip i-4 --skip i-5 leaves them out.`,
    ]);
    const one = textOf([node(1, 'lost', 'x')]).split('\n')[2];
    expect(one).toBe(`  Look at this node first. ${first}; --skip i-1 leaves it out.`);
  });

  const whys = { finished: '', interrupted: ': you stopped the run' };
  it.each(['finished', 'interrupted'] as const)('says why a node was not begun: the run %s', (ended) => {
    const text = textOf([node(1, 'done'), node(2, 'waiting')], { ended });
    const next = '  --resume r-1 goes on with this run.\n';
    expect(text).toBe(`*1 of 2 nodes fixed in cluster blue*\n  1 node not begun${whys[ended]}\n${next}${undo}`);
  });

  it('is broken for a screen, and printable and bounded whatever a node says', () => {
    const failed = node(1, 'untouched', `\u001b[2J${'why '.repeat(500)}`);
    const odd = { ...failed, key: `i-1\u202e${'k'.repeat(94)}`, group: `g\n${'g'.repeat(200)}` };
    const [first, ...others] = textOf([odd], { width: 60 }).split('\n');

    expect(first).toBe('*0 of 1 node fixed in cluster blue*');
    expect(others.slice(0, 3)).toEqual(['  i-1', `  ${'k'.repeat(94)}`, '  (g']);
    expect(others[3]).toBe(`  ${'g'.repeat(117)}…):`);
    expect(others.at(-2)).toBe('  why…');
    expect(others.slice(4, -1).every((line) => line.length <= 60)).toBe(true);
    expect(others.join(' ').match(/why/g)).toHaveLength(250);
  });
});
