import { afterEach, expect, it } from 'vitest';
import { ec2Client } from '../../../lambda/adapters/ec2/client.ts';
import { ec2Regions } from '../../../lambda/adapters/ec2/regions.ts';
import type { Place } from '../../../lambda/core/model/model.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';

const accountId = '111122223333';
const lab = await labOfFile(accountId);
afterEach(() => lab.faults.clear());

function regionsOf(asked: Place[] = []) {
  const credentials = async () => lab.credentials(accountId);
  const client = (place: Place) => {
    asked.push(place);
    return ec2Client({ region: place.region, credentials });
  };
  return ec2Regions({ client, region: 'eu-west-1' }).regionsOf(
    { id: accountId, partition: 'aws' },
    new AbortController().signal,
  );
}

it('lists the Regions that the account has switched on, and the others, asked in the caller’s own', async () => {
  lab.ec2.setRegions(accountId, ['us-east-1', 'eu-south-1', 'eu-west-1']);
  const asked: Place[] = [];

  expect(await regionsOf(asked)).toEqual({
    ok: true,
    value: {
      enabled: ['eu-south-1', 'eu-west-1', 'us-east-1'],
      off: ['af-south-1', 'ap-east-1', 'eu-south-2', 'il-central-1', 'me-south-1'],
    },
  });
  expect(asked).toEqual([{ partition: 'aws', accountId, region: 'eu-west-1' }]);
});

it.each([
  ['the right', { kind: 'access-denied' }, 'ec2-forbidden'],
  ['an answer', { kind: 'error', code: 'InternalFailure' }, 'regions-unreadable'],
] as const)('says whose Regions are not known when %s is missing', async (_what, fault, code) => {
  lab.faults.inject('ec2:DescribeRegions', fault);

  expect(await regionsOf()).toMatchObject({ ok: false, error: { code, message: expect.stringContaining(accountId) } });
});
