import { expect, it } from 'vitest';
import { itemName, runItem } from '../../../lambda/core/run/item.ts';
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
  { ...blue, more: 1 },
  { ...region, cluster: 'blue' },
  { ...region, accountId: '1' },
])('refuses the item %j', (item) => {
  expect(runItem.safeParse(item).success).toBe(false);
});
