import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../lambda/adapters/clock.ts';
import { ssmClient } from '../../../lambda/adapters/ssm/client.ts';
import { hybridInstances } from '../../../lambda/adapters/ssm/hybrid-instances.ts';
import type { Cluster } from '../../../lambda/core/model/model.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';

const accountId = '111122223333';
const region = 'eu-central-1';
const arn = `arn:aws:eks:${region}:${accountId}:cluster/blue`;
const cluster: Cluster = {
  name: 'blue',
  arn: { arn, partition: 'aws', region, accountId, name: 'blue' },
  compute: { autoMode: false, fargate: false, hybrid: true },
};
const lab = await labOfFile(accountId);

const ask = (of: Cluster) =>
  hybridInstances({
    client: ssmClient({ region, credentials: async () => lab.credentials(accountId) }),
    clock: systemClock,
  }).instances(of, new AbortController().signal);

describe('hybridInstances', () => {
  it("finds the managed instances with the cluster's tag, on every page, and no EC2 instance", async () => {
    const tags = { EKSClusterARN: arn };
    for (let index = 0; index < 60; index += 1)
      lab.ssm.registerInstance(accountId, region, {
        id: `mi-${String(index).padStart(17, '0')}`,
        tags,
        computerName: `host-${index}`,
      });
    lab.ssm.registerInstance(accountId, region, { id: 'i-00000001', tags });
    lab.ssm.registerInstance(accountId, region, {
      id: 'mi-99999999999999999',
      tags: { EKSClusterARN: `${arn}-green` },
    });

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
    expect(await ask({ ...cluster, compute: { ...cluster.compute, hybrid: false } })).toEqual({ ok: true, value: [] });
    expect(lab.calls).toHaveLength(before);
  });

  it('names the action when it is not allowed', async () => {
    lab.faults.inject('ssm:DescribeInstanceInformation', { kind: 'access-denied' }, { times: 1 });

    expect(await ask(cluster)).toEqual({
      ok: false,
      error: expect.objectContaining({
        code: 'ssm-forbidden',
        remedy: expect.stringContaining('allow ssm:DescribeInstanceInformation on *'),
      }),
    });
  });
});
