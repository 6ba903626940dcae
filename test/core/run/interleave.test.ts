import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interleave } from '../../../lambda/core/run/interleave.ts';
import type { RunItem } from '../../../lambda/core/run/item.ts';

const item = (accountId: string, number = 0): RunItem => ({
  kind: 'cluster',
  partition: 'aws',
  accountId,
  region: 'eu-west-1',
  cluster: `c${number}`,
});
/** `AAB` → two items of account A, one of B. */
const of = (accounts: string): readonly RunItem[] => [...accounts].map(item);
const orderOf = (accounts: string): string =>
  interleave(of(accounts))
    .map((each) => each.accountId)
    .join('');

const sameNeighbours = (items: readonly RunItem[]): number =>
  items.filter((each, index) => each.accountId === items[index - 1]?.accountId).length;

/** The account with the most items, against all others. */
function unavoidable(items: readonly RunItem[]): number {
  const most = Math.max(0, ...[...Map.groupBy(items, (each) => each.accountId).values()].map((each) => each.length));
  return Math.max(0, most - (items.length - most) - 1);
}

// Few accounts, of very different sizes: where neighbours are hard to keep apart.
const items = fc
  .array(fc.nat({ max: 30 }), { maxLength: 6 })
  .chain((sizes) =>
    fc.shuffledSubarray(
      sizes.flatMap((size, account) => Array.from({ length: size }, (_, number) => item(`${account}`, number))),
    ),
  );

describe('interleave', () => {
  it.each([
    ['', ''],
    ['A', 'A'],
    ['AABB', 'ABAB'],
    ['AAABBBCCC', 'ABCABCABC'],
    ['AAB', 'ABA'],
    ['AAAAB', 'ABAAA'],
    ['ABBBBC', 'BABCBB'],
    ['BCAAA', 'ABACA'],
    ['AAAABB', 'ABABAA'],
  ])('orders %j as %j', (given, expected) => {
    expect(orderOf(given)).toBe(expected);
  });

  it('spreads the items of a large account over the whole run', () => {
    const at = [...orderOf(`${'A'.repeat(10)}${'BCDEFGHIJK'.repeat(9)}`)].flatMap((each, index) =>
      each === 'A' ? [index] : [],
    );
    expect(at.every((each, index) => Math.abs(each - (index * 10 + 5)) <= 10)).toBe(true);
  });

  it('loses, adds and changes no item', () => {
    fc.assert(
      fc.property(items, (given) => {
        const ordered = interleave(given);
        expect(ordered).toHaveLength(given.length);
        expect(new Set(ordered)).toEqual(new Set(given));
      }),
    );
  });

  it('has no two neighbours of one account but where that cannot be avoided', () => {
    fc.assert(
      fc.property(items, (given) => {
        expect(sameNeighbours(interleave(given))).toBe(unavoidable(given));
      }),
      { numRuns: 500 },
    );
  });
});
