import fc from 'fast-check';
import { expect, it } from 'vitest';
import { itemName, type RunItem, runItem, shuffled } from '../../../lambda/core/run/item.ts';
import { blue, region } from './complete-run.ts';

it('names an item by account, Region and cluster', () => {
  expect(itemName(blue)).toBe('111122223333/eu-west-1/blue');
  expect(itemName(region)).toBe('111122223333/eu-west-1');
});

it.each([blue, region, { ...blue, partition: 'aws-us-gov', region: 'us-gov-west-1' }])('takes the item %j', (item) => {
  expect(runItem.parse(item)).toEqual(item);
});

it.each([
  { ...blue, partition: 'aws/' },
  { ...blue, partition: 'xaws' },
  { ...blue, partition: undefined },
  { ...blue, accountId: '1' },
  { ...blue, accountId: undefined },
  { ...blue, region: '../x' },
  { ...blue, region: undefined },
  { ...blue, cluster: '../x' },
  { ...blue, cluster: undefined },
  { ...blue, kind: 'account' },
  { ...region, cluster: 'blue' },
  { ...region, accountId: '1' },
])('refuses the item %j', (item) => {
  expect(runItem.safeParse(item).success).toBe(false);
});

const ofAccount = (accountId: string, cluster: number): RunItem => ({
  ...blue,
  kind: 'cluster',
  accountId,
  cluster: `c${cluster}`,
});
const items = fc
  .uniqueArray(fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 50 })), { selector: String })
  .map((pairs) => pairs.map(([account, cluster]) => ofAccount(`${account}`, cluster)));

it('loses, adds and changes no item when it shuffles, and gives one order whatever order they come in', () => {
  fc.assert(
    fc.property(items, (given) => {
      const ordered = shuffled(given);
      expect(new Set(ordered)).toEqual(new Set(given));
      expect(ordered).toHaveLength(given.length);
      expect(shuffled(given.toReversed())).toEqual(ordered);
    }),
  );
});

it('spreads the items of a large account over the run', () => {
  const given = Array.from({ length: 1_000 }, (_, index) => ofAccount(index < 200 ? 'large' : `${index}`, index));
  const inFirstHalf = shuffled(given)
    .slice(0, 500)
    .filter(({ accountId }) => accountId === 'large').length;
  expect(inFirstHalf).toBeGreaterThan(70);
  expect(inFirstHalf).toBeLessThan(130);
});
