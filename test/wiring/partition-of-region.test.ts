import { expect, it } from 'vitest';
import { partitionOfRegion } from '../../lambda/wiring/partition-of-region.ts';

it.each([
  ['eu-west-1', 'aws'],
  ['us-east-1', 'aws'],
  ['cn-north-1', 'aws-cn'],
  ['us-gov-west-1', 'aws-us-gov'],
  ['eusc-de-east-1', 'aws-eusc'],
  ['us-iso-east-1', 'aws-iso'],
  ['us-isob-east-1', 'aws-iso-b'],
  ['eu-isoe-west-1', 'aws-iso-e'],
  ['us-isof-south-1', 'aws-iso-f'],
])('puts %s into %s', (region, partition) => {
  expect(partitionOfRegion(region)).toBe(partition);
});
