import type { Lab } from '../lab.ts';
import { type NodeRoot, recordedNode } from '../node/node-root.ts';
import { conditionOf, kubeletOf, withSystemd } from '../node/node-systemd.ts';
import { addEstateCluster, type EstatePlace, type NodeRoots } from './estate-cluster.ts';
import type { EstateCluster } from './estate-node.ts';

interface RepairableClusterOptions extends Omit<EstateCluster, 'nodes'> {
  /** By managed node group, how many nodes it has. */
  readonly groups: Readonly<Record<string, number>>;
  /** Whose kubelets the nodes have: one without a client CA when absent. */
  readonly recording?: string;
}

/** A cluster whose kubelets can really be fixed; by node name, the folder that is its file system. Each kubelet answers by the files that it started with, and its Node object says whether it runs. */
export async function addRepairableCluster(
  lab: Lab,
  { groups, recording = 'no-ca-anonymous-off', ...cluster }: RepairableClusterOptions,
  place: EstatePlace & { readonly roots: NodeRoots },
) {
  const nodes = Object.entries(groups).flatMap(([group, count]) =>
    Array.from({ length: count }, (_, index) => ({
      name: `${group}-${index + 1}.internal`,
      group,
      recording,
      root: withSystemd(recordedNode(recording)),
    })),
  );
  const own: NodeRoot[] = [];
  const added = await addEstateCluster(lab, { ...cluster, nodes }, { ...place, roots: own });
  place.roots.push(...own);

  const roots = new Map(nodes.flatMap((node, index) => (own[index] ? [[node.name, own[index]] as const] : [])));
  for (const each of added.api.nodes) {
    const root = roots.get(each.name);
    if (!root) continue;
    const kubelet = kubeletOf(root, { kind: 'kubelet-refuses' });
    added.api.putNode({ ...each, kubelet, condition: () => conditionOf(root) });
  }
  const digits = Buffer.from(cluster.name).toString('hex').slice(0, 14).padEnd(14, '0');
  const idOf = (index: number) => `i-${digits}${index.toString(16).padStart(3, '0')}`;
  return { cluster: added, roots, instanceIds: new Map(nodes.map((node, index) => [node.name, idOf(index)])) };
}
