import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eksClient } from '../../../lambda/adapters/eks/client.ts';
import { eksManagedGroups } from '../../../lambda/adapters/eks/managed-groups.ts';
import { clusterIn } from '../../fakes/ports.ts';
import { autoScalingGroupOf } from '../../lab/aws/eks/eks.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';

const accountId = '111122223333';
const region = 'eu-west-1';
const names = Array.from({ length: 120 }, (_, index) => `group-${index}`);
const cluster = clusterIn({ partition: 'aws', accountId, region }, 'blue');
const lab = await labOfFile(accountId);

beforeAll(() => {
  lab.eks.putCluster(accountId, region, { name: 'blue', nodegroups: names });
});
afterEach(() => lab.faults.clear());

const ask = (of: Parameters<ReturnType<typeof eksManagedGroups>['autoScalingGroups']>[0] = cluster) =>
  eksManagedGroups({
    client: () => eksClient({ region, credentials: async () => lab.credentials(accountId) }),
  }).autoScalingGroups(of, new AbortController().signal);

describe('the managed node groups of a cluster', () => {
  it('are read page by page, and each is asked for its Auto Scaling groups once', async () => {
    const before = lab.calls.length;
    const found = await ask();
    expect(found).toEqual({ ok: true, value: new Map(names.map((name) => [autoScalingGroupOf(name), name])) });
    const calls = lab.calls.slice(before).map(({ operation }) => operation);
    expect(calls.filter((each) => each === 'ListNodegroups')).toHaveLength(2);
    expect(calls.filter((each) => each === 'DescribeNodegroup')).toHaveLength(names.length);
  });

  it('may leave while they are read', async () => {
    const gone = { kind: 'error', code: 'ResourceNotFoundException', status: 404 } as const;
    lab.faults.inject('eks:DescribeNodegroup', gone, { times: 1 });
    const found = await ask();
    expect(found.ok && found.value.size).toBe(names.length - 1);
  });

  it.each(['eks:ListNodegroups', 'eks:DescribeNodegroup'] as const)(
    'are not known where %s is denied',
    async (action) => {
      lab.faults.inject(action, { kind: 'access-denied' });
      expect(await ask()).toMatchObject({
        ok: false,
        error: {
          code: 'node-groups-forbidden',
          message: expect.stringContaining('so that the tags of its machines are only claims'),
          remedy: expect.stringContaining('allow eks:ListNodegroups and eks:DescribeNodegroup to this principal'),
        },
      });
    },
  );

  it('are not known of a cluster whose account is not known', async () => {
    const { arn: _, ...nowhere } = cluster;
    expect(await ask(nowhere)).toMatchObject({ ok: false, error: { code: 'node-groups-unreadable' } });
  });
});
