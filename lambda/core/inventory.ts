import type { Cluster, ClusterNode, Instance, Machine, NodeGroup, NodeKind } from './model.ts';
import { instanceIdOf, nodeKind } from './node-kind.ts';
import type { ListedNode } from './ports.ts';

interface Known {
  /** The Node objects; absent when the API server could not be asked. */
  readonly listed?: readonly ListedNode[];
  /** The cluster's machines by AWS's word; absent when AWS could not be asked. */
  readonly instances?: readonly Instance[];
}

/**
 * Joins what the API server lists with what AWS knows, to nodes whose keys and groups are the same from either side.
 * An instance that the API server does not list never joined; without that list, every running instance counts as a node.
 */
export function joinInventory(cluster: Cluster, known: Known): readonly ClusterNode[] {
  if (!known.listed) return (known.instances ?? []).filter((each) => each.state === 'running').map(nodeOfInstance);

  const claims = Map.groupBy(known.listed, (node) => instanceIdOf(node) ?? '');
  const instances = known.instances && new Map(known.instances.map((each) => [each.id, each]));

  return known.listed.map((node) => {
    const claimed = claimedInstance(node, known.instances);
    const shared = claimed !== undefined && (claims.get(claimed)?.length ?? 0) > 1;
    const kind = nodeKind(node, cluster);
    const instance = claimed ? instances?.get(claimed) : undefined;
    const distrust = reasonToDistrust(claimed, shared, instances);

    return {
      key: claimed && !shared ? claimed : node.name,
      name: node.name,
      machine: machineOf(claimed, kind, { instances, distrust }),
      kind,
      group: instance?.group ?? groupByLabels(node, kind),
      ...(node.kubeletVersion === undefined ? {} : { kubeletVersion: node.kubeletVersion }),
      ...(node.osImage === undefined ? {} : { osImage: node.osImage }),
      ...(distrust === undefined ? {} : { distrust }),
    };
  });
}

/** A hybrid node may carry a name of its own: then SSM's computer name tells its `mi-…` id. */
function claimedInstance(node: ListedNode, instances: readonly Instance[] | undefined): string | undefined {
  return (
    instanceIdOf(node) ?? instances?.find((each) => each.id.startsWith('mi-') && each.privateDnsName === node.name)?.id
  );
}

type Instances = ReadonlyMap<string, Instance> | undefined;

function reasonToDistrust(claimed: string | undefined, shared: boolean, instances: Instances): string | undefined {
  if (claimed && shared) return `more than one node says that it is instance ${claimed}`;
  // A hybrid node's activation need not carry the cluster's tag: an `mi-…` that SSM does not show is no sign of a lie.
  if (claimed && instances && !instances.has(claimed) && !claimed.startsWith('mi-')) {
    return `it says that it is instance ${claimed}, but AWS knows no instance of this cluster with that id (the tags kubernetes.io/cluster/NAME, eks:cluster-name, aws:eks:cluster-name and eks:eks-cluster-name were looked at)`;
  }
  return undefined;
}

function machineOf(
  claimed: string | undefined,
  kind: NodeKind,
  known: { readonly instances: Instances; readonly distrust: string | undefined },
): Machine {
  if (kind === 'fargate') return { status: 'none', because: 'Fargate runs no SSM agent' };
  if (kind === 'auto-mode') return { status: 'none', because: 'AWS allows no SSM on EKS Auto Mode nodes' };
  if (!claimed) return { status: 'none', because: 'its Node object names no instance' };
  if (known.distrust) return { status: 'unconfirmed', because: known.distrust };
  if (!known.instances)
    return { status: 'unconfirmed', because: `it says that it is instance ${claimed}, and AWS could not be asked` };
  if (!known.instances.has(claimed))
    return {
      status: 'unconfirmed',
      because: `it says that it is ${claimed}, which SSM does not know under this cluster's tag EKSClusterARN`,
    };
  return { status: 'confirmed', instanceId: claimed };
}

function groupByLabels(node: ListedNode, kind: NodeKind): NodeGroup {
  const { labels } = node;
  const pool = labels['karpenter.sh/nodepool'];
  const managed = labels['eks.amazonaws.com/nodegroup'];

  if (kind === 'fargate') return { kind: 'fargate', name: labels['eks.amazonaws.com/fargate-profile'] ?? 'fargate' };
  if (kind === 'auto-mode') return { kind: 'auto-mode', name: pool ?? 'auto-mode' };
  if (kind === 'hybrid') return { kind: 'hybrid', name: 'hybrid' };
  if (managed) return { kind: 'managed', name: managed };
  if (pool) return { kind: 'karpenter', name: pool };
  return { kind: 'self-managed', name: 'self-managed' };
}

function nodeOfInstance(instance: Instance): ClusterNode {
  const group = instance.group ?? { kind: 'self-managed', name: 'self-managed' };
  const hybrid = instance.id.startsWith('mi-');
  const autoMode = group.kind === 'auto-mode';

  return {
    key: instance.id,
    machine: autoMode
      ? { status: 'none', because: 'AWS allows no SSM on EKS Auto Mode nodes' }
      : { status: 'confirmed', instanceId: instance.id },
    kind: hybrid ? 'hybrid' : autoMode ? 'auto-mode' : instance.platform,
    group,
  };
}
