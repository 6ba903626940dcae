import { expect, it } from 'vitest';
import { compareNode } from '../../../conformance/next-node/compare-node.ts';
import { ownNodes, readNodes } from '../../../conformance/next-node/recorded-node.ts';

// All 2,500 are compared in test/conformance/next-node; these are enough for a change of this room to be noticed here.
it('every tenth recorded user data is read as Amazon’s nodeadm reads it', () => {
  const compared = readNodes(ownNodes)
    .filter((_, index) => index % 10 === 0)
    .map(compareNode);
  expect(compared.filter(({ outcome }) => outcome !== 'right' && outcome !== 'gave up')).toEqual([]);
  expect(compared.filter(({ outcome }) => outcome === 'gave up').length).toBeLessThanOrEqual(25);
  expect(compared.filter(({ isRead }) => isRead)).toHaveLength(153);
});
