import { EKSClient, ListClustersCommand } from '@aws-sdk/client-eks';
import { afterEach, expect, it } from 'vitest';
import { type Lab, startLab } from './lab.ts';

const accountId = '111122223333';
const region = 'eu-central-1';

let labs: Lab[] = [];
afterEach(async () => {
  await Promise.all(labs.map((lab) => lab.close()));
  labs = [];
});

async function newLab(): Promise<Lab> {
  const lab = await startLab();
  labs.push(lab);
  return lab;
}

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
