import { describe, expect, it } from 'vitest';
import { runbookStarts } from '../../../../lambda/core/remediation/run/runbook-starts.ts';

const trust = ['ab'.repeat(32)];
const node = (number: number, ...controls: readonly string[]) => ({
  key: `i-${number}`,
  instanceId: `i-${number}`,
  controls,
  trust,
});

describe('runbookStarts', () => {
  it('starts once for the nodes with the same controls', () => {
    expect(runbookStarts([node(1, 'a'), node(2, 'a')])).toEqual([
      { instanceIds: ['i-1', 'i-2'], controls: ['a'], trust },
    ]);
  });

  it('fixes a node once, with all that was asked for it, and no other node for that', () => {
    expect(runbookStarts([node(1, 'b'), node(2, 'b'), node(1, 'a')])).toEqual([
      { instanceIds: ['i-1'], controls: ['a', 'b'], trust },
      { instanceIds: ['i-2'], controls: ['b'], trust },
    ]);
  });

  it('begins with 50 machines of a large group: the others are asked for when these are done', () => {
    const large = Array.from({ length: 200 }, (_, number) => node(number, number % 2 === 0 ? 'a' : 'b'));
    const starts = runbookStarts(large);

    expect(starts.map(({ instanceIds }) => instanceIds.length)).toEqual([25, 25]);
    expect(starts.flatMap(({ instanceIds }) => instanceIds).sort()).toEqual(
      large
        .slice(0, 50)
        .map(({ instanceId }) => instanceId)
        .sort(),
    );
  });

  it('starts nothing for nobody', () => {
    expect(runbookStarts([])).toEqual([]);
  });
});
