import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../lambda/adapters/clock.ts';
import { ssmClient } from '../../../lambda/adapters/ssm/client.ts';
import { hybridInstances, withHybridLookup } from '../../../lambda/adapters/ssm/managed-instances.ts';
import type { Cluster } from '../../../lambda/core/model/model.ts';
import { ok } from '../../../lambda/core/model/result.ts';
import { clusterIn } from '../../fakes/ports.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';

const accountId = '111122223333';
const region = 'eu-central-1';
const inPlace = clusterIn({ partition: 'aws', accountId, region }, 'blue');
const cluster: Cluster = { ...inPlace, compute: { ...inPlace.compute, hybrid: true } };
const arn = inPlace.arn?.arn ?? '';
const lab = await labOfFile(accountId);

const options = {
  client: () => ssmClient({ region, credentials: async () => lab.credentials(accountId) }),
  clock: systemClock,
};
const { signal } = new AbortController();
const ask = (of: Cluster) => hybridInstances(options).instances(of, signal);

describe('hybridInstances', () => {
  it("finds the managed instances with the cluster's tag, on every page, and no EC2 instance", async () => {
    const tags = { EKSClusterARN: arn };
    for (let index = 0; index < 60; index += 1) {
      const id = `mi-${String(index).padStart(17, '0')}`;
      lab.ssm.registerInstance(accountId, region, { id, tags, computerName: `host-${index}` });
    }
    lab.ssm.registerInstance(accountId, region, { id: 'i-00000001', tags });
    const others = { EKSClusterARN: `${arn}-green` };
    lab.ssm.registerInstance(accountId, region, { id: 'mi-99999999999999999', tags: others });

    const found = await ask(cluster);

    expect(found.ok && found.value).toHaveLength(60);
    expect(found.ok && found.value[7]).toEqual({
      id: 'mi-00000000000000007',
      state: 'running',
      platform: 'linux',
      group: { kind: 'hybrid', name: 'hybrid' },
      privateDnsName: 'host-7',
    });
  });

  it('asks nobody about a cluster without an ARN, or one that AWS does not call hybrid', async () => {
    const { arn: _, ...nameless } = cluster;
    const before = lab.calls.length;

    expect(await ask(nameless)).toEqual({ ok: true, value: [] });
    expect(await ask(inPlace)).toEqual({ ok: true, value: [] });
    expect(lab.calls).toHaveLength(before);
  });

  it('names the action when it is not allowed', async () => {
    lab.faults.inject('ssm:DescribeInstanceInformation', { kind: 'access-denied' }, { times: 1 });

    const remedy = expect.stringContaining('allow ssm:DescribeInstanceInformation on *');
    expect(await ask(cluster)).toMatchObject({ ok: false, error: { code: 'ssm-forbidden', remedy } });
  });
});

describe('withHybridLookup', () => {
  it('asks SSM for machines that it manages, whatever their tags, and EC2 for all others', async () => {
    const ids = Array.from({ length: 150 }, (_, index) => `mi-${String(index).padStart(17, 'a')}`);
    for (const id of ids.slice(1)) lab.ssm.registerInstance(accountId, region, { id });
    const asked: unknown[] = [];
    const lookup = withHybridLookup(
      {
        find: async (_cluster, wanted) => {
          asked.push(wanted);
          return ok([]);
        },
      },
      options,
    );

    const found = await lookup.find(cluster, { ids: ['i-0123456789abcdef0', ...ids], names: ['ip-1'] }, signal);
    expect(asked).toEqual([{ ids: ['i-0123456789abcdef0'], names: ['ip-1'] }]);
    expect(found.ok && found.value.map(({ id }) => id).toSorted()).toEqual(ids.slice(1).toSorted());
  });

  it('does not say that a machine is gone where SSM did not answer', async () => {
    lab.faults.inject('ssm:DescribeInstanceInformation', { kind: 'access-denied' }, { times: 1 });
    const lookup = withHybridLookup({ find: async () => ok([]) }, options);
    const found = await lookup.find(cluster, { ids: ['mi-0123456789abcdef0'] }, signal);
    expect(found).toMatchObject({ ok: false, error: { code: 'ssm-forbidden' } });
  });
});
