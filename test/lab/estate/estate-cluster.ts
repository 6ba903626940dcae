import type { NodeGroup } from '../../../lambda/core/model/model.ts';
import type { LabInstance } from '../aws/ec2/ec2.ts';
import { machineTags } from '../aws/ec2/machine-tags.ts';
import type { LabManagedInstance } from '../aws/ssm/ssm-instances.ts';
import type { KubeletBehaviour } from '../kubernetes/kubelet-behaviour.ts';
import type { LabKubernetesCluster } from '../kubernetes/kubernetes-cluster.ts';
import { internalIpOf, type LabNode } from '../kubernetes/node-object.ts';
import type { Lab } from '../lab.ts';
import { NodeRoot, recordedNode } from '../node/node-root.ts';
import type { EstateCluster, EstateNode } from './estate-node.ts';

export type EstatePlace = { readonly accountId: string; readonly region: string };

/** The folders of nodes on this machine: the caller disposes of them once the lab is closed. */
export type NodeRoots = NodeRoot[];

/** Adds a cluster with its machines as all of AWS shows them: Node objects, EC2 instances with the tags of their kind, managed instances that run the probe. */
export async function addEstateCluster(
  lab: Lab,
  { nodes, ...cluster }: EstateCluster,
  { accountId, region, roots }: EstatePlace & { readonly roots: NodeRoots },
): Promise<LabKubernetesCluster> {
  const machines = nodes.map((node, index) => machineOf(node, cluster.name, index));
  const added = await lab.addKubernetesCluster({ accountId, region, ...cluster, nodes: machines.map(nodeObjectOf) });

  for (const machine of machines) {
    if (machine.instanceId.startsWith('i-')) lab.ec2.putInstance(accountId, region, ec2Instance(machine));
    if (machine.ssm === 'absent' || machine.group.kind === 'fargate') continue;

    const root = rootOf(machine, added.caPem);
    if (root) roots.push(root);
    lab.ssm.registerInstance(accountId, region, ssmInstance(machine, { root, clusterArn: added.arn }));
  }
  return added;
}

type Machine = Omit<EstateNode, 'group'> & {
  readonly cluster: string;
  readonly group: NodeGroup;
  /** Empty on Fargate and where AWS knows none. */
  readonly instanceId: string;
};

function machineOf({ group, ...node }: EstateNode, cluster: string, index: number): Machine {
  const made: NodeGroup = typeof group === 'string' ? { kind: 'managed', name: group } : group;
  const ofEc2 = made.kind !== 'fargate' && made.kind !== 'hybrid';
  return { ...node, cluster, group: made, instanceId: node.instanceId ?? (ofEc2 ? instanceId(cluster, index) : '') };
}

function nodeObjectOf({ name, configz, recording, group, instanceId: id, node }: Machine): LabNode {
  const recorded: KubeletBehaviour | undefined = recording ? { kind: 'recorded', folder: recording } : undefined;
  return {
    name,
    kubelet: configz ?? recorded ?? { kind: 'refused' },
    instanceId: id,
    ...(group.kind === 'managed' && { nodegroup: group.name }),
    ...node,
  };
}

const ec2Instance = (machine: Machine): LabInstance => ({
  id: machine.instanceId,
  privateDnsName: machine.name,
  privateIp: internalIpOf(nodeObjectOf(machine)),
  tags: { ...machineTags(machine), ...(machine.team && { team: machine.team }) },
  ...(machine.platform && { platform: machine.platform }),
  ...(machine.imageId && { imageId: machine.imageId }),
  ...(machine.group.kind === 'auto-mode' && { operator: 'eks.amazonaws.com' }),
});

const ssmInstance = (
  { instanceId: id, name, group, ssm, platform, platformName }: Machine,
  { root, clusterArn }: { readonly root: NodeRoot | undefined; readonly clusterArn: string },
): LabManagedInstance => ({
  id,
  computerName: name,
  pingStatus: ssm === 'offline' ? 'ConnectionLost' : 'Online',
  ...(root && { node: root }),
  ...(platform && { platformType: 'Windows' }),
  ...(platformName && { platformName }),
  // The activation of a hybrid node carries it.
  ...(group.kind === 'hybrid' && { tags: { EKSClusterARN: clusterArn } }),
});

function rootOf({ recording, root, caFile }: Machine, clusterCa: string): NodeRoot | undefined {
  const description = root ?? (recording ? recordedNode(recording) : undefined);
  if (!description?.processes) return description && new NodeRoot(description);

  const ca = caFile ? caFile(clusterCa) : clusterCa;
  return new NodeRoot({
    ...description,
    files: {
      // Looked at, never read: only its mode and owner matter.
      '/var/lib/kubelet/kubeconfig': 'apiVersion: v1\nkind: Config\n',
      ...description.files,
      ...(ca !== undefined && { '/etc/kubernetes/pki/ca.crt': ca }),
    },
  });
}

/** `i-` and 17 hexadecimal digits, the same in every run. Clusters of one Region must differ in their first seven characters. */
function instanceId(cluster: string, index: number): string {
  const digits = Buffer.from(cluster).toString('hex').slice(0, 14).padEnd(14, '0');
  return `i-${digits}${index.toString(16).padStart(3, '0')}`;
}
