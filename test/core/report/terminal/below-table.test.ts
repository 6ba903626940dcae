import { describe, expect, it } from 'vitest';
import type { Drift, NodeAudit } from '../../../../lambda/core/model/model.ts';
import { driftLines, Footnotes } from '../../../../lambda/core/report/terminal/below-table.ts';
import { node } from '../../findings/compliant-audit.ts';

const origin = { from: 'file', file: '/c.json' } as const;
const values = { setting: 'readOnlyPort', running: '0', afterRestart: '10255', origin } as const;
const drifted = (because: string): Drift => ({ ...values, kind: 'edited-not-restarted', because });
const audited = (name: string, drift?: readonly Drift[]): NodeAudit => {
  return { node: { ...node(1), name }, failures: [], verdicts: {}, ...(drift && { drift }) };
};
const head = '  Not restarted since an edit:';

describe('the lines about drift', () => {
  it('are none where nothing drifted, or nothing was compared', () => {
    expect(driftLines([audited('a', []), audited('b')])).toEqual([]);
  });

  it('tell each thing of each node', () => {
    const lines = driftLines([audited('a', [drifted('x'), drifted('y')]), audited('b', [])]);
    expect(lines).toEqual([head, '  ~ a: x', '  ~ a: y']);
  });

  it('tell once what many nodes have in common', () => {
    const lines = driftLines(['a', 'b', 'c', 'd', 'e'].map((name) => audited(name, [drifted('x')])));
    expect(lines).toEqual([head, '  ~ a, b, c and 2 more: x']);
  });
});

it('footnotes tell what several values have in common apart from what each of them is', () => {
  const notes = new Footnotes();
  const edited = 'what runs is not known: its files were edited';
  const of = (value: string) => `${edited}; after a restart it is ${value}; configz: it answered 401 Unauthorized`;
  expect([notes.refer(of('false')), notes.refer(of('0'))]).toEqual(['[1] [2] [3]', '[1] [4] [3]']);
});
