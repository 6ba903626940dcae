import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../lambda/adapters/clock.ts';
import { ssmClient } from '../../../lambda/adapters/ssm/client.ts';
import { hybridInstances } from '../../../lambda/adapters/ssm/hybrid-instances.ts';
import type { Cluster } from '../../../lambda/core/model/model.ts';
import { clusterIn } from '../../fakes/ports.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';

const accountId = '111122223333';
const region = 'eu-central-1';
const inPlace = clusterIn({ partition: 'aws', accountId, region }, 'blue');
const cluster: Cluster = { ...inPlace, compute: { ...inPlace.compute, hybrid: true } };
const arn = inPlace.arn?.arn ?? '';
const lab = await labOfFile(accountId);

const ask = (of: Cluster) =>
  hybridInstances({
    client: () => ssmClient({ region, credentials: async () => lab.credentials(accountId) }),
    clock: systemClock,
  }).instances(of, new AbortController().signal);

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
