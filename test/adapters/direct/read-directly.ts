import { systemClock } from '../../../lambda/adapters/clock.ts';
import { directSource } from '../../../lambda/adapters/direct/direct-source.ts';
import { ec2Client } from '../../../lambda/adapters/ec2/client.ts';
import { ec2ClusterNetworks } from '../../../lambda/adapters/ec2/cluster-networks.ts';
import { ec2Instances } from '../../../lambda/adapters/ec2/instances.ts';
import { ec2Regions } from '../../../lambda/adapters/ec2/regions.ts';
import { eksOwnAccessEntry, type OwnAccessEntry } from '../../../lambda/adapters/eks/access-entries.ts';
import { eksClient } from '../../../lambda/adapters/eks/client.ts';
import { eksClusters, eksRegionalClusters } from '../../../lambda/adapters/eks/clusters.ts';
import { eksNamesakes } from '../../../lambda/adapters/eks/namesakes.ts';
import { eksConnections, type KubernetesConnections } from '../../../lambda/adapters/kubernetes/connections.ts';
import { kubernetesNodes } from '../../../lambda/adapters/kubernetes/node-list.ts';
import { kubernetesGroup } from '../../../lambda/contract/names.ts';
import type { KubeletFacts, Problem, ReadFailure } from '../../../lambda/core/model/model.ts';
import type { Result } from '../../../lambda/core/model/result.ts';
import { joinInventory } from '../../../lambda/core/read/inventory/inventory.ts';
import { listNodes, readAll } from '../../fakes/ask-ports.ts';
import { machineTags } from '../../lab/aws/ec2/machine-tags.ts';
import type { KubernetesClusterOptions, LabKubernetesCluster } from '../../lab/kubernetes/kubernetes-cluster.ts';
import { internalIpOf, type LabNode } from '../../lab/kubernetes/node-object.ts';
import { directRules, type RbacRule } from '../../lab/kubernetes/rbac.ts';
import type { Lab } from '../../lab/lab.ts';

export const accountId = '111122223333';
const region = 'eu-central-1';

export const principalArn = `arn:aws:iam::${accountId}:user/admin`;

interface ClusterOptions extends Partial<KubernetesClusterOptions> {
  readonly rules?: readonly RbacRule[];
  /** The address that EC2 knows of a node, where it is another than the node's own word. */
  readonly ec2Addresses?: Readonly<Record<string, string>>;
}

let sequence = 0;

/** A cluster whose kubelets have their own ports, each on an instance that EC2 knows. */
export async function startCluster(
  lab: Lab,
  nodes: readonly LabNode[],
  { rules = directRules, ec2Addresses = {}, name = `direct-${sequence + 1}`, ...rest }: ClusterOptions = {},
): Promise<LabKubernetesCluster> {
  sequence += 1;
  const machines = nodes.map((node, index) => ({
    ...node,
    instanceId: `i-${sequence.toString(16).padStart(9, '0')}${index.toString(16).padStart(8, '0')}`,
  }));
  for (const node of machines)
    lab.ec2.putInstance(accountId, region, {
      id: node.instanceId,
      tags: machineTags({ cluster: name, group: { kind: 'managed', name: 'workers' } }),
      privateDnsName: node.name,
      privateIp: ec2Addresses[node.name] ?? internalIpOf(node),
    });

  return lab.addKubernetesCluster({
    accountId,
    region,
    name,
    nodes: machines,
    nodegroups: ['workers'],
    kubeletPorts: true,
    accessEntries: [{ principalArn, groups: [kubernetesGroup] }],
    rbac: { groups: { [kubernetesGroup]: rules } },
    ...rest,
  });
}

/** A node's name, by what its test calls it. */
export const hostOf = (what: string): string => `${what.replaceAll(/[^\w]+/g, '-')}.internal`;

interface ReadOptions {
  readonly nodeTimeoutMs?: number;
  readonly concurrency?: number;
  readonly allowBroadToken?: boolean;
  readonly signal?: AbortSignal;
  /** How the API server is reached: EKS's endpoint with an IAM token when absent. */
  readonly connections?: KubernetesConnections;
  readonly directAlthoughNotAsked?: readonly string[];
  /** How the audit's own access entry is read; by EKS when absent. */
  readonly ownEntry?: OwnAccessEntry;
  /** Takes what every report would say of the way in which the cluster was read. */
  readonly notes?: Problem[];
  /** Listed before; listed now when absent. */
  readonly listed?: Awaited<ReturnType<typeof listCluster>>;
}

export const connectionsOf = (lab: Lab, connections: number): KubernetesConnections =>
  eksConnections({ credentials: () => credentialsOf(lab), clock: systemClock, connections });
const credentialsOf = (lab: Lab) => async () => lab.credentials(accountId);
const ec2Of = (lab: Lab) => ({ client: () => ec2Client({ region, credentials: credentialsOf(lab) }) });

/** Lists the nodes as the program does, by the API server and EC2. */
export async function listCluster(
  lab: Lab,
  { name }: Pick<LabKubernetesCluster, 'name'>,
  {
    connections = connectionsOf(lab, 1),
    signal = new AbortController().signal,
  }: { connections?: KubernetesConnections; signal?: AbortSignal } = {},
) {
  const client = eksClient({ region, credentials: credentialsOf(lab) });
  const [found] = await Array.fromAsync(eksClusters([{ region, client }]).clusters([name]));
  if (!found?.ok) throw new Error('the lab cluster cannot be described');
  const cluster = found.value;

  try {
    const listed = await listNodes(kubernetesNodes({ connections, clock: systemClock }), cluster, signal);
    const instances = await ec2Instances(ec2Of(lab)).instances(cluster, signal);
    const nodes = joinInventory(cluster, {
      ...(listed.ok && { listed: listed.value }),
      ...(instances.ok && { instances: instances.value }),
    });
    return { cluster, nodes };
  } finally {
    connections.release(cluster);
  }
}

/** Reads each node on its own port: the reading of each by its name. */
export async function readDirectly(
  lab: Lab,
  { name, kubelets }: LabKubernetesCluster,
  {
    nodeTimeoutMs = 5_000,
    concurrency = 50,
    allowBroadToken = false,
    signal = new AbortController().signal,
    connections = connectionsOf(lab, concurrency),
    listed,
    directAlthoughNotAsked = [],
    notes = [],
    ownEntry = eksOwnAccessEntry({
      client: ({ region: of }) => eksClient({ region: of, credentials: credentialsOf(lab) }),
    }),
  }: ReadOptions = {},
): Promise<Readonly<Record<string, Result<KubeletFacts, ReadFailure>>>> {
  const { cluster, nodes } = listed ?? (await listCluster(lab, { name }, { connections, signal }));
  const credentials = credentialsOf(lab);
  const source = directSource({
    connections,
    networks: ec2ClusterNetworks(ec2Of(lab)),
    // The wait before a second try takes no time.
    clock: { ...systemClock, sleep: async () => undefined },
    dial: kubelets.dial,
    concurrency,
    nodeTimeoutMs,
    allowBroadToken,
    namesakes: eksNamesakes({
      clusters: eksRegionalClusters({ client: ({ region: of }) => eksClient({ region: of, credentials }) }),
      regions: (own) => ec2Regions({ client: ({ region: of }) => ec2Client({ region: of, credentials }), region: own }),
    }),
    ownEntry,
    directAlthoughNotAsked,
  });

  try {
    const readings = await readAll(source, cluster, nodes, signal);
    notes.push(...(source.notes?.(cluster) ?? []));
    return Object.fromEntries(readings.map(({ node, result }) => [node.name ?? node.key, result]));
  } finally {
    connections.close();
  }
}
