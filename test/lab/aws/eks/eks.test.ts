import {
  CreateAccessEntryCommand,
  DescribeClusterCommand,
  EKSClient,
  ListFargateProfilesCommand,
  ListNodegroupsCommand,
  paginateListClusters,
} from '@aws-sdk/client-eks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../../lab.ts';

const region = 'eu-central-1';
let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

let accounts = 100_000_000_000;
function newAccount() {
  accounts += 1;
  const accountId = String(accounts);
  const credentials = lab.addAccount(accountId);
  const eks = (of = region) => new EKSClient({ endpoint: lab.endpoint, region: of, credentials, maxAttempts: 1 });
  return { accountId, eks };
}

describe('EKS', () => {
  it('lists the clusters of one account and Region, page by page', async () => {
    const { accountId, eks } = newAccount();
    const names = Array.from({ length: 7 }, (_, index) => `cluster-${index}`);
    for (const name of names) lab.eks.putCluster(accountId, region, { name });
    lab.eks.putCluster(accountId, 'us-east-1', { name: 'elsewhere' });
    lab.eks.putCluster(newAccount().accountId, region, { name: 'somebody-elses' });

    const pages: (string[] | undefined)[] = [];
    for await (const page of paginateListClusters({ client: eks(), pageSize: 3 }, {})) pages.push(page.clusters);

    expect(pages.map((page) => page?.length)).toEqual([3, 3, 1]);
    expect(pages.flat()).toEqual(names);
  });

  it('describes a cluster, times as times', async () => {
    const { accountId, eks } = newAccount();
    lab.eks.putCluster(accountId, region, { name: 'prod', version: '1.33', createdAt: 1_700_000_000 });

    const { cluster } = await eks().send(new DescribeClusterCommand({ name: 'prod' }));

    expect(cluster).toMatchObject({
      name: 'prod',
      arn: `arn:aws:eks:${region}:${accountId}:cluster/prod`,
      version: '1.33',
      status: 'ACTIVE',
      createdAt: new Date(1_700_000_000_000),
    });
  });

  it('names a cluster that is not there', async () => {
    const { eks } = newAccount();

    await expect(eks().send(new DescribeClusterCommand({ name: 'nowhere' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'No cluster found for name: nowhere.',
    });
  });

  it('lists node groups and Fargate profiles of a cluster', async () => {
    const { accountId, eks } = newAccount();
    lab.eks.putCluster(accountId, region, { name: 'prod', nodegroups: ['a', 'b'], fargateProfiles: ['f'] });

    expect((await eks().send(new ListNodegroupsCommand({ clusterName: 'prod' }))).nodegroups).toEqual(['a', 'b']);
    expect((await eks().send(new ListFargateProfilesCommand({ clusterName: 'prod' }))).fargateProfileNames).toEqual([
      'f',
    ]);
  });

  it('makes an access entry that the cluster then knows', async () => {
    const { accountId, eks } = newAccount();
    lab.eks.putCluster(accountId, region, { name: 'prod' });
    const principalArn = `arn:aws:iam::${accountId}:role/EksKubeletAudit`;
    lab.sts.putRole(principalArn, { trustPolicy: { Version: '2012-10-17', Statement: [] } });
    const create = new CreateAccessEntryCommand({ clusterName: 'prod', principalArn, kubernetesGroups: ['readers'] });

    await eks().send(create);

    expect(lab.eks.accessEntry(accountId, region, 'prod', principalArn)?.kubernetesGroups).toEqual(['readers']);
    await expect(eks().send(create)).rejects.toMatchObject({ name: 'ResourceInUseException' });
  });

  it('has no access entries while its authentication mode is CONFIG_MAP', async () => {
    const { accountId, eks } = newAccount();
    lab.eks.putCluster(accountId, region, { name: 'old', accessConfig: { authenticationMode: 'CONFIG_MAP' } });

    await expect(
      eks().send(
        new CreateAccessEntryCommand({ clusterName: 'old', principalArn: `arn:aws:iam::${accountId}:role/r` }),
      ),
    ).rejects.toMatchObject({ name: 'InvalidRequestException' });
  });
});
