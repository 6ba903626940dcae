import { EKSClient } from '@aws-sdk/client-eks';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eksClient } from '../../../lambda/adapters/eks/client.ts';
import { eksClusters, eksRegionalClusters } from '../../../lambda/adapters/eks/clusters.ts';
import type { Place } from '../../../lambda/core/model/model.ts';
import { clusterNames } from '../../fakes/ask-ports.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';

const management = '100000000001';
const accountId = '100000000002';
const place: Place = { partition: 'aws', accountId, region: 'eu-west-1' };
const { signal } = new AbortController();
const lab = await labOfFile();

beforeAll(async () => {
  lab.organizations.create({ managementAccountId: management });
  lab.organizations.putAccount({ id: accountId });
  await lab.addKubernetesCluster({ accountId, region: place.region, name: 'payments' });
});
afterEach(() => lab.faults.clear());

const credentials = async () => lab.credentials(accountId);
const clusters = () => eksRegionalClusters({ client: ({ region }) => eksClient({ region, credentials }) });

describe('eksRegionalClusters', () => {
  it('lists the names of one account and Region, behind empty pages too, and describes each', async () => {
    lab.faults.inject('eks:ListClusters', { kind: 'empty-page' }, { times: 1 });
    expect(await clusterNames(clusters(), place, signal)).toEqual({ ok: true, value: ['payments'] });

    const value = { name: 'payments', arn: { accountId, region: 'eu-west-1' }, endpoint: { publicAccess: true } };
    expect(await clusters().describe(place, 'payments')).toMatchObject([{ ok: true, value }]);
  });

  it('reads an owner from the named tag of the cluster, and none without a name', async () => {
    lab.eks.putCluster(accountId, place.region, { name: 'owned', tags: { team: 'team-a\u202e\n@here' } });
    const described = (ownerTag: string) =>
      eksRegionalClusters({ client: ({ region }) => eksClient({ region, credentials }), ownerTag }).describe(
        place,
        'owned',
      );

    expect(await described('team')).toMatchObject([{ value: { owner: 'team-a @here' } }]);
    for (const name of ['', 'constructor']) expect(JSON.stringify(await described(name))).not.toContain('"owner"');
    lab.eks.deleteCluster(accountId, place.region, 'owned');
  });

  it('says when a cluster is not there any more', async () => {
    const error = { code: 'cluster-not-found', message: expect.stringContaining(`gone in account ${accountId}`) };
    expect(await clusters().describe(place, 'gone')).toMatchObject([{ ok: false, error }]);
  });

  it('says that a policy closes the Region, which is no fault of ours', async () => {
    lab.organizations.denyRegion(accountId, ['us-east-1']);
    const closed = { ...place, region: 'us-east-1' };

    expect(await clusterNames(clusters(), closed, signal)).toMatchObject({
      error: { code: 'region-denied-by-policy', message: expect.stringContaining('service control policy') },
    });
    expect(await clusters().describe(closed, 'payments')).toMatchObject([
      { error: { code: 'region-denied-by-policy' } },
    ]);
    lab.organizations.allowRegions(accountId);
  });

  it.each([
    ['a missing right', { kind: 'access-denied' }, 'eks-forbidden'],
    ['a Region that is not enabled', { kind: 'error', code: 'UnrecognizedClientException' }, 'credentials-unusable'],
    ['anything else', { kind: 'error', code: 'InvalidParameterException' }, 'region-unreadable'],
  ] as const)('reports %s as a problem of that account and Region', async (_what, fault, code) => {
    lab.faults.inject('eks:ListClusters', fault);

    expect(await clusterNames(clusters(), place, signal)).toMatchObject({
      ok: false,
      error: { code, message: expect.stringContaining(`account ${accountId}, eu-west-1`) },
    });
  });

  it('rides out throttling, and names it when it does not end', async () => {
    lab.faults.inject('eks:ListClusters', { kind: 'throttling' }, { times: 3 });
    expect(await clusterNames(clusters(), place, signal)).toMatchObject({ ok: true });

    lab.faults.inject('eks:DescribeCluster', { kind: 'throttling' });
    const impatient = new EKSClient({ region: place.region, credentials, maxAttempts: 1 });
    expect(await eksRegionalClusters({ client: () => impatient }).describe(place, 'payments')).toMatchObject([
      { error: { code: 'throttled' } },
    ]);
  });
});

describe('eksClusters', () => {
  const own = (...regions: readonly string[]) =>
    eksClusters(regions.map((region) => ({ region, client: eksClient({ region, credentials }) })));

  it.each(['ListClusters', 'DescribeCluster'])('goes on with the other Regions when one denies %s', async (denied) => {
    lab.faults.inject(`eks:${denied}`, { kind: 'access-denied' }, { region: 'us-east-1' });
    const names = denied === 'ListClusters' ? [] : ['payments'];

    expect(await Array.fromAsync(own('us-east-1', 'eu-west-1').clusters(names))).toMatchObject([
      { ok: false, error: { code: 'eks-forbidden', message: expect.stringMatching(/us-east-1 cannot be/) } },
      { ok: true, value: { name: 'payments' } },
    ]);
  });

  it('needs no right but DescribeCluster for a named cluster, and corrects a wrong name where it may list', async () => {
    const found = async () => await Array.fromAsync(own('us-east-1', 'eu-west-1').clusters(['payments', 'payment']));
    const message = "no cluster named 'payment' in us-east-1, eu-west-1";
    const missing = (text: string) => [
      { ok: true, value: { name: 'payments' } },
      { ok: false, error: { code: 'cluster-not-found', message: text } },
    ];
    expect(await found()).toMatchObject(missing(`${message} (did you mean 'payments'?)`));
    lab.faults.inject('eks:ListClusters', { kind: 'access-denied' });
    expect(await found()).toMatchObject(missing(message));
  });

  it('misses an ARN of a Region that is not asked, and of another account', async () => {
    const arns = ['us-east-2:111122223333', 'eu-west-1:999999999999'].map((at) => `arn:aws:eks:${at}:cluster/payments`);
    expect(await Array.fromAsync(own('eu-west-1').clusters(arns))).toMatchObject([
      { ok: false, error: { code: 'cluster-of-another-account' } },
      { ok: false, error: { code: 'cluster-not-found' } },
    ]);
  });

  it('says how many there are before it describes the first', async () => {
    const said: string[] = [];
    for await (const each of own('us-east-1', 'eu-west-1').clusters([], (count) => said.push(`${count} found`)))
      said.push(each.ok ? each.value.name : each.error.code);
    expect(said).toEqual(['1 found', 'payments']);
  });

  it('ends when AWS does not accept the credentials at all', async () => {
    lab.faults.inject('eks:ListClusters', { kind: 'error', code: 'UnrecognizedClientException', status: 403 });

    const ended = { code: 'credentials-unusable' };
    await expect(Array.fromAsync(own('eu-west-1').clusters([]))).rejects.toMatchObject(ended);
  });
});
