import { DescribeRegionsCommand, type DescribeRegionsCommandInput, EC2Client } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../../lab.ts';

const accountId = '111122223333';
const fewRegions = '444455556666';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  for (const id of [accountId, fewRegions]) lab.addAccount(id);
  lab.ec2.setRegions(fewRegions, ['us-east-1', 'af-south-1']);
});
afterAll(() => lab.close());

async function regions(of: string, input: DescribeRegionsCommandInput = {}): Promise<readonly (string | undefined)[]> {
  const settings = { endpoint: lab.endpoint, region: 'eu-west-1', credentials: lab.credentials(of), maxAttempts: 1 };
  const { Regions = [] } = await new EC2Client(settings).send(new DescribeRegionsCommand(input));
  return Regions.map(({ RegionName, OptInStatus }) => `${RegionName} ${OptInStatus}`);
}

describe('DescribeRegions', () => {
  it('tells the Regions that the account has switched on', async () => {
    expect(await regions(fewRegions)).toEqual(['us-east-1 opt-in-not-required', 'af-south-1 opted-in']);
    expect(await regions(accountId)).toHaveLength(5);
  });

  it('tells the others when it is asked for all', async () => {
    const all = await regions(fewRegions, { AllRegions: true });

    expect(all).toContain('me-south-1 not-opted-in');
    expect(all).toContain('af-south-1 opted-in');
  });

  it.each<[what: string, input: DescribeRegionsCommandInput, expected: readonly string[]]>([
    [
      'its status',
      { Filters: [{ Name: 'opt-in-status', Values: ['opted-in', 'not-opted-in'] }] },
      ['af-south-1 opted-in'],
    ],
    ['its name', { Filters: [{ Name: 'region-name', Values: ['us-*'] }] }, ['us-east-1 opt-in-not-required']],
    ['being named', { RegionNames: ['af-south-1'] }, ['af-south-1 opted-in']],
  ])('finds a Region by %s', async (_, input, expected) => {
    expect(await regions(fewRegions, input)).toEqual(expected);
  });

  it('refuses names and filters that it does not know', async () => {
    await expect(regions(fewRegions, { RegionNames: ['mars-north-1'] })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
    await expect(regions(fewRegions, { Filters: [{ Name: 'planet', Values: ['x'] }] })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
  });
});
