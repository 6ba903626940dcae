import { describe, expect, it } from 'vitest';
import { compareNode, nodeSummary } from './compare-node.ts';
import { ownNodes, readNodes } from './recorded-node.ts';

const nodes = readNodes(ownNodes);

describe('the answers of Amazon’s nodeadm to 2,500 random user data', () => {
  it('agrees with all that it reads, and gives up at most 10 %, 5 % of what nodeadm reads', () => {
    const all = nodes.map((node) => compareNode(node));

    expect(all.filter(({ outcome }) => outcome === 'wrong' || outcome === 'joins wrong')).toEqual([]);
    expect(all.filter(({ outcome }) => outcome === 'gave up').length).toBeLessThanOrEqual(all.length / 10);
    expect(all.filter(({ outcome, isRead }) => outcome === 'gave up' && isRead).length).toBeLessThanOrEqual(
      all.length / 20,
    );
  });

  it('notices an answer that is another one', () => {
    const node = nodes.find(({ nodeadm }) => 'dropin' in nodeadm && nodeadm.dropin !== null);
    if (node === undefined || !('dropin' in node.nodeadm)) throw new Error('no node with a drop-in');
    const others = [
      { ...node, nodeadm: { ...node.nodeadm, dropin: { ...node.nodeadm.dropin, readOnlyPort: 1 } } },
      { ...node, nodeadm: { ...node.nodeadm, flags: ['--event-qps=1'] } },
      { ...node, nodeadm: { error: 'yaml: line 1' } },
    ].map((each) => compareNode(each));

    expect(others.map(({ outcome }) => outcome)).toEqual(['wrong', 'wrong', 'joins wrong']);
    expect(nodeSummary(others)).toBe('cases 3: right 0, gave up 0 (0.0 %), wrong 2, joins wrong 1');
  });
});
