import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../lambda/adapters/clock.ts';
import { ec2Client } from '../../../lambda/adapters/ec2/client.ts';
import { ec2Instances } from '../../../lambda/adapters/ec2/instances.ts';
import { eksClient } from '../../../lambda/adapters/eks/client.ts';
import { eksClusters } from '../../../lambda/adapters/eks/clusters.ts';
import { eksConnections } from '../../../lambda/adapters/kubernetes/connections.ts';
import { kubernetesNodes } from '../../../lambda/adapters/kubernetes/node-list.ts';
import { ssmClient } from '../../../lambda/adapters/ssm/client.ts';
import { hybridInstances } from '../../../lambda/adapters/ssm/hybrid-instances.ts';
import type { Cluster, ClusterNode } from '../../../lambda/core/model/model.ts';
import { joinInventory } from '../../../lambda/core/read/inventory/inventory.ts';
import { type Estate, startEstate } from '../../lab/estate/estate.ts';

// Every fixture of test/fixtures/nodes is a node of the estate's cluster `fleet`: here each goes the whole way, through the real adapters.
let estate: Estate;
let cluster: Cluster;
let nodes: readonly ClusterNode[];
let tagged: readonly ClusterNode[];

beforeAll(async () => {
  estate = await startEstate();
  process.env['AWS_ENDPOINT_URL'] = estate.lab.endpoint;
  const { region } = estate;
  const credentials = async () => estate.credentials;
  const { signal } = new AbortController();

  const [found] = await Array.fromAsync(
    eksClusters([{ region, client: eksClient({ region, credentials }) }]).clusters(['fleet']),
  );
  if (!found?.ok) throw new Error('the cluster cannot be described');
  cluster = found.value;

  const connections = eksConnections({ credentials: () => credentials, clock: systemClock, connections: 2 });
  const [listed, ec2, hybrid] = await Promise.all([
    kubernetesNodes({ connections, clock: systemClock }).nodes(cluster, signal),
    ec2Instances({ client: () => ec2Client({ region, credentials }) }).instances(cluster, signal),
    hybridInstances({ client: ssmClient({ region, credentials }), clock: systemClock }).instances(cluster, signal),
  ]);
  connections.close();
  if (!listed.ok || !ec2.ok || !hybrid.ok) throw new Error('the estate cannot be listed');

  const instances = [...ec2.value, ...hybrid.value];
  nodes = joinInventory(cluster, { listed: listed.value, instances });
  tagged = joinInventory(cluster, { instances });
});
afterAll(async () => {
  delete process.env['AWS_ENDPOINT_URL'];
  await estate?.close();
});

const confirmed = (instanceId: string) => ({ key: instanceId, machine: { status: 'confirmed', instanceId } });
const noMachine = (key: string) => ({ key, machine: { status: 'none' } });

describe('a Node object', () => {
  it.each<[string, string, object]>([
    [
      'AL2 in a managed node group',
      'ip-10-0-4-11.eu-central-1.compute.internal',
      {
        kind: 'al2',
        group: { kind: 'managed', name: 'al2-workers' },
        ...confirmed('i-0a11c3d5e7f901111'),
        imageId: 'ami-0af5eb518f7616978',
        launchTemplate: { id: 'lt-0a110000000000011', version: '4' },
      },
    ],
    [
      'AL2023 in a managed node group',
      'ip-10-0-4-12.eu-central-1.compute.internal',
      {
        kind: 'al2023',
        group: { kind: 'managed', name: 'al2023-workers' },
        ...confirmed('i-0a12c3d5e7f902023'),
        kubeletVersion: 'v1.33.5-eks-113cf36',
        osImage: 'Amazon Linux 2023.9.20261110',
        imageId: 'ami-0d39276e3c888c5e5',
        launchTemplate: { id: 'lt-0a120000000000012', version: '7' },
      },
    ],
    [
      'Ubuntu in an Auto Scaling group',
      'ip-10-0-4-13.eu-central-1.compute.internal',
      {
        kind: 'ubuntu',
        group: { kind: 'auto-scaling-group', name: 'maps-ubuntu' },
        ...confirmed('i-0a13c3d5e7f902404'),
      },
    ],
    [
      'another Linux, self-managed',
      'ip-10-0-4-14.eu-central-1.compute.internal',
      {
        kind: 'linux',
        group: { kind: 'self-managed', name: 'self-managed' },
        ...confirmed('i-0a14c3d5e7f909990'),
        imageId: 'ami-09e10960000000001',
      },
    ],
    [
      'Bottlerocket',
      'ip-10-0-4-15.eu-central-1.compute.internal',
      {
        kind: 'bottlerocket',
        group: { kind: 'managed', name: 'bottlerocket' },
        ...confirmed('i-0a15c3d5e7f90b001'),
      },
    ],
    [
      'Windows',
      'ip-10-0-4-17.eu-central-1.compute.internal',
      { kind: 'windows', group: { kind: 'managed', name: 'windows' }, ...confirmed('i-0a17c3d5e7f902022') },
    ],
    [
      'a hybrid node that SSM manages',
      'mi-04a2cf999b7112233',
      { kind: 'hybrid', group: { kind: 'hybrid', name: 'hybrid' }, ...confirmed('mi-04a2cf999b7112233') },
    ],
    [
      'a hybrid node of IAM Roles Anywhere, with a name of its own',
      'rack-7.factory.example',
      { kind: 'hybrid', group: { kind: 'hybrid', name: 'hybrid' }, ...noMachine('rack-7.factory.example') },
    ],
    [
      'AL2023 in a Karpenter pool',
      'ip-10-0-4-21.eu-central-1.compute.internal',
      {
        kind: 'al2023',
        group: { kind: 'karpenter', name: 'batch' },
        ...confirmed('i-0a21c3d5e7f90ca21'),
        launchTemplate: { id: 'lt-0a210000000000021', version: '1' },
      },
    ],
    [
      'Auto Mode',
      'i-03565916779bff19c',
      {
        kind: 'auto-mode',
        group: { kind: 'auto-mode', name: 'general-purpose' },
        ...noMachine('i-03565916779bff19c'),
        imageId: 'ami-0a070340000000001',
      },
    ],
    [
      'Fargate',
      'fargate-ip-10-0-9-9.eu-central-1.compute.internal',
      {
        kind: 'fargate',
        group: { kind: 'fargate', name: 'fargate' },
        ...noMachine('fargate-ip-10-0-9-9.eu-central-1.compute.internal'),
      },
    ],
    [
      'an ordinary node that labels itself Auto Mode',
      'ip-10-0-4-66.eu-central-1.compute.internal',
      { kind: 'al2023', group: { kind: 'managed', name: 'calls-itself-auto' }, machine: { status: 'confirmed' } },
    ],
  ])('of %s is recognised', (_what, name, expected) => {
    const node = nodes.find((each) => each.name === name);
    expect(node).toMatchObject(expected);
    expect(node?.distrust).toBeUndefined();
  });

  it('has the key, group, machine, AMI and launch template that AWS tells without the API server', () => {
    const reduced = (all: readonly ClusterNode[]) =>
      all
        .filter((each) => /^m?i-/.test(each.key))
        .map(({ key, group, machine, imageId, launchTemplate }) => ({ key, group, machine, imageId, launchTemplate }))
        .sort((one, other) => one.key.localeCompare(other.key));

    expect(reduced(tagged)).toEqual(reduced(nodes));
    expect(new Set(tagged.map((each) => each.kind))).toEqual(new Set(['linux', 'windows', 'auto-mode', 'hybrid']));
  });
});
