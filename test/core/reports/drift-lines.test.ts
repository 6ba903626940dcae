import { describe, expect, it } from 'vitest';
import type { Drift, NodeAudit } from '../../../lambda/core/model.ts';
import { driftLines } from '../../../lambda/core/reports/drift-lines.ts';
import { node } from '../findings/compliant-audit.ts';

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
