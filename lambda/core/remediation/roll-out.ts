import type { ClusterNode, NodeKind } from '../model.ts';

/** How a changed launch template, image or NodeConfig reaches the nodes of one group. */
export function rollOutOf(kind: NodeKind, nodes: readonly ClusterNode[]): string {
  if (kind === 'auto-mode' || kind === 'fargate') return 'Nothing of yours: AWS makes these nodes.';
  if (kind === 'hybrid')
    return 'On each node: sudo nodeadm init -c file://nodeConfig.yaml. Keep that file for the machine that replaces it.';

  switch (nodes[0]?.group.kind) {
    case 'managed':
      return `Make a new version of the launch template${templates(nodes)} and update the node group to it (aws eks update-nodegroup-version). A group that was made without a launch template of its own cannot be given one: make a new group.`;
    case 'karpenter':
      return 'Karpenter sees that the EC2NodeClass changed and replaces the drifted nodes, within the disruption budgets of the node pool. Where spec.kubelet of the class sets the same key (newer versions take every key), change it there: it wins.';
    case 'auto-scaling-group':
      return `Make a new version of the launch template${templates(nodes)} and start an instance refresh (aws autoscaling start-instance-refresh).`;
    default:
      return `Start new nodes from the changed launch template${templates(nodes)} or image, then drain and terminate the old ones.`;
  }
}

/** AWS's word, by the tags of the instances. */
function templates(nodes: readonly ClusterNode[]): string {
  const known = nodes.flatMap(({ launchTemplate }) => {
    const { id = '', version } = launchTemplate ?? {};
    if (!/^lt-[0-9a-f]{8,17}$/.test(id)) return [];
    return [version !== undefined && /^\d{1,10}$/.test(version) ? `${id}, now version ${version}` : id];
  });
  return known.length === 0 ? '' : ` (${[...new Set(known)].sort().join('; ')})`;
}
