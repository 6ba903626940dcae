import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../lambda/adapters/clock.ts';
import { ec2Client } from '../../../lambda/adapters/ec2/client.ts';
import { ec2Instances } from '../../../lambda/adapters/ec2/instances.ts';
import { eksClient } from '../../../lambda/adapters/eks/client.ts';
import { eksClusters } from '../../../lambda/adapters/eks/clusters.ts';
import { eksConnections } from '../../../lambda/adapters/kubernetes/connections.ts';
import { kubernetesNodes } from '../../../lambda/adapters/kubernetes/node-list.ts';
import { ssmClient } from '../../../lambda/adapters/ssm/client.ts';
import { hybridInstances } from '../../../lambda/adapters/ssm/managed-instances.ts';
import type { Cluster, ClusterNode } from '../../../lambda/core/model/model.ts';
import { joinInventory } from '../../../lambda/core/read/inventory/inventory.ts';
import { listNodes } from '../../fakes/ask-ports.ts';
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
    listNodes(kubernetesNodes({ connections, clock: systemClock }), cluster, signal),
    ec2Instances({ client: () => ec2Client({ region, credentials }) }).instances(cluster, signal),
    hybridInstances({ client: () => ssmClient({ region, credentials }), clock: systemClock }).instances(
      cluster,
      signal,
    ),
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

describe('a Node object', () => {
  const ip = (lastTwo: string) => `ip-10-0-${lastTwo}.eu-central-1.compute.internal`;
  it.each([
    ['AL2 in a managed node group', ip('4-11'), 'al2 managed al2-workers i-0a11c3d5e7f901111 ami-0af5eb518f7616978'],
    [
      'AL2023 in a managed node group',
      ip('4-12'),
      'al2023 managed al2023-workers i-0a12c3d5e7f902023 ami-0d39276e3c888c5e5',
    ],
    ['Ubuntu in an Auto Scaling group', ip('4-13'), 'ubuntu auto-scaling-group maps-ubuntu i-0a13c3d5e7f902404'],
    [
      'another Linux, self-managed',
      ip('4-14'),
      'linux self-managed self-managed i-0a14c3d5e7f909990 ami-09e10960000000001',
    ],
    ['Bottlerocket', ip('4-15'), 'bottlerocket managed bottlerocket i-0a15c3d5e7f90b001'],
    ['Windows', ip('4-17'), 'windows managed windows i-0a17c3d5e7f902022'],
    ['a hybrid node that SSM manages', 'mi-04a2cf999b7112233', 'hybrid hybrid hybrid mi-04a2cf999b7112233'],
    ['a hybrid node with a name of its own', 'rack-7.factory.example', 'hybrid hybrid hybrid none'],
    ['AL2023 in a Karpenter pool', ip('4-21'), 'al2023 karpenter batch i-0a21c3d5e7f90ca21'],
    ['Auto Mode', 'i-03565916779bff19c', 'auto-mode auto-mode general-purpose none ami-0a070340000000001'],
    ['Fargate', 'fargate-ip-10-0-9-9.eu-central-1.compute.internal', 'fargate fargate fargate none'],
    ['an ordinary node that labels itself Auto Mode', ip('4-66'), 'al2023 managed calls-itself-auto'],
  ])('of %s is recognised', (_what, name, expected) => {
    const node = nodes.find((each) => each.name === name);
    const machine = node?.machine.status === 'confirmed' ? node.machine.instanceId : node?.machine.status;
    expect([node?.kind, node?.group.kind, node?.group.name, machine, node?.imageId].join(' ')).toContain(expected);
    expect(node?.key).toBe(node?.machine.status === 'confirmed' ? machine : name);
    expect(node?.distrust).toBeUndefined();
  });

  it('keeps the versions and the launch template of an AL2023 node', () => {
    expect(nodes.find((each) => each.name === ip('4-12'))).toMatchObject({
      kubeletVersion: 'v1.33.5-eks-113cf36',
      osImage: 'Amazon Linux 2023.9.20261110',
      launchTemplate: { id: 'lt-0a120000000000012', version: '7' },
    });
  });

  it('has the port of a kubelet that listens on another one than 10250, and no port of any other', () => {
    const ports = nodes.flatMap(({ name, kubeletPort }) => (kubeletPort === undefined ? [] : [[name, kubeletPort]]));
    expect(ports).toEqual([['rack-7.factory.example', 10_260]]);
  });

  it('has the key, group, machine, AMI and launch template that AWS knows without the API server', () => {
    const reduced = (all: readonly ClusterNode[]) =>
      all
        .filter((each) => /^m?i-/.test(each.key))
        .map(({ key, group, machine, imageId, launchTemplate }) => ({ key, group, machine, imageId, launchTemplate }))
        .sort((one, other) => one.key.localeCompare(other.key));

    expect(reduced(tagged)).toEqual(reduced(nodes));
    expect(new Set(tagged.map((each) => each.kind))).toEqual(new Set(['linux', 'windows', 'auto-mode', 'hybrid']));
  });
});
