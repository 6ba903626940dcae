import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { EKSClient, ListClustersCommand } from '@aws-sdk/client-eks';
import { DescribeHubCommand, SecurityHubClient } from '@aws-sdk/client-securityhub';
import { DescribeInstanceInformationCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterEach, expect, it } from 'vitest';
import { type Lab, startLab } from './lab.ts';

const accountId = '111122223333';
const region = 'eu-central-1';

let labs: Lab[] = [];
afterEach(async () => {
  await Promise.all(labs.map((lab) => lab.close()));
  labs = [];
  delete process.env['AWS_ENDPOINT_URL'];
});

async function newLab(): Promise<Lab> {
  const lab = await startLab();
  labs.push(lab);
  return lab;
}

it('answers the clients of every service, and records who called what', async () => {
  const lab = await newLab();
  const client = { endpoint: lab.endpoint, region, credentials: lab.addAccount(accountId) };
  lab.securityHub.enable(accountId, region);

  await new EKSClient(client).send(new ListClustersCommand({}));
  await new SSMClient(client).send(new DescribeInstanceInformationCommand({}));
  await new EC2Client(client).send(new DescribeInstancesCommand({}));
  await new SecurityHubClient(client).send(new DescribeHubCommand({}));

  expect(lab.calls.map(({ service, operation, status }) => `${service}:${operation} ${status}`)).toEqual([
    'eks:ListClusters 200',
    'ssm:DescribeInstanceInformation 200',
    'ec2:DescribeInstances 200',
    'securityhub:DescribeHub 200',
  ]);
});

it('is found by a client that knows only AWS_ENDPOINT_URL', async () => {
  const lab = await newLab();
  lab.eks.putCluster(accountId, region, { name: 'prod' });
  process.env['AWS_ENDPOINT_URL'] = lab.endpoint;

  const client = new EKSClient({ region, credentials: lab.addAccount(accountId) });

  expect((await client.send(new ListClustersCommand({}))).clusters).toEqual(['prod']);
});

it('keeps labs apart', async () => {
  const [one, other] = [await newLab(), await newLab()];
  one.eks.putCluster(accountId, region, { name: 'prod' });
  const client = new EKSClient({ endpoint: other.endpoint, region, credentials: other.addAccount(accountId) });

  expect((await client.send(new ListClustersCommand({}))).clusters).toEqual([]);
});

it('closes all that it opened, with requests under way', async () => {
  const lab = await newLab();
  const cluster = await lab.addKubernetesCluster({ accountId, region, name: 'prod' });
  lab.faults.inject('eks:ListClusters', { kind: 'latency', milliseconds: 200 });
  const client = new EKSClient({
    endpoint: lab.endpoint,
    region,
    credentials: lab.credentials(accountId),
    maxAttempts: 1,
  });
  const underWay = expect(client.send(new ListClustersCommand({}))).rejects.toThrow();
  await new Promise((resolve) => setTimeout(resolve, 50));

  await lab.close();
  labs = [];

  await underWay;
  await expect(fetch(lab.endpoint)).rejects.toThrow();
  await expect(fetch(cluster.endpoint)).rejects.toThrow();
});
