import { describe, expect, it } from 'vitest';
import type { Drift, NodeAudit } from '../../../../lambda/core/model/model.ts';
import { driftLines, Footnotes } from '../../../../lambda/core/report/terminal/below-table.ts';
import { node } from '../../findings/compliant-audit.ts';

const drifted = (because: string): Drift => ({
  setting: 'readOnlyPort',
  running: '0',
  afterRestart: '10255',
  origin: { from: 'file', file: '/c.json' },
  kind: 'edited-not-restarted',
  because,
});
const audited = (name: string, drift?: readonly Drift[]): NodeAudit => ({
  node: { ...node(1), name },
  failures: [],
  verdicts: {},
  ...(drift && { drift }),
});

describe('the lines about drift', () => {
  it('are none where nothing drifted, or nothing was compared', () => {
    expect(driftLines([audited('a', []), audited('b')])).toEqual([]);
  });

  it('tell each thing of each node', () => {
    expect(driftLines([audited('a', [drifted('x'), drifted('y')]), audited('b', [])])).toEqual([
      '  Not restarted since an edit:',
      '  ~ a: x',
      '  ~ a: y',
    ]);
  });

  it('tell once what many nodes have in common', () => {
    expect(driftLines(['a', 'b', 'c', 'd', 'e'].map((name) => audited(name, [drifted('x')])))).toEqual([
      '  Not restarted since an edit:',
      '  ~ a, b, c and 2 more: x',
    ]);
  });
});

describe('footnotes', () => {
  it('tell what several values have in common apart from what each of them is', () => {
    const notes = new Footnotes();
    const edited = 'what runs is not known: its files were edited';
    expect(notes.refer(`${edited}; after a restart it is false; configz: it answered 401 Unauthorized`)).toBe(
      '[1] [2] [3]',
    );
    expect(notes.refer(`${edited}; after a restart it is 0; configz: it answered 401 Unauthorized`)).toBe(
      '[1] [4] [3]',
    );
  });
});
