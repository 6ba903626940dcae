import type { Cluster, NodeKind } from './model.ts';
import type { ListedNode } from './ports.ts';

const computeType = 'eks.amazonaws.com/compute-type';

/**
 * What kind of node this is. Labels and names are the node's own claims: Auto Mode and Fargate count only when AWS agrees
 * (computeConfig, Fargate profiles), else a node could talk its way out of the audit.
 */
export function nodeKind(node: ListedNode, cluster: Cluster): NodeKind {
  const type = node.labels[computeType];
  const image = node.osImage ?? '';

  if (type === 'fargate' && cluster.compute.fargate && !instanceIdOf(node)) return 'fargate';
  if (type === 'auto' && cluster.compute.autoMode) return 'auto-mode';
  if (type === 'hybrid' && (cluster.compute.hybrid || node.providerId?.startsWith('eks-hybrid://'))) return 'hybrid';
  if (node.operatingSystem === 'windows' || image.startsWith('Windows')) return 'windows';
  if (image.startsWith('Bottlerocket')) return 'bottlerocket';
  if (image.startsWith('Amazon Linux 2023')) return 'al2023';
  if (/^Amazon Linux 2(\D|$)/.test(image)) return 'al2';
  if (image.startsWith('Ubuntu')) return 'ubuntu';
  return 'linux';
}

/** `aws:///eu-west-1a/i-…`, `aws:////i-…` or a bare `i-…`: the last path part, if it is an instance id. A hybrid node may be named by its `mi-…` id. */
export function instanceIdOf(node: ListedNode): string | undefined {
  const last = (node.providerId ?? '').split('/').at(-1) ?? '';
  if (/^i-([0-9a-f]{8}|[0-9a-f]{17})$/.test(last)) return last;

  return [last, node.name].find((each) => /^mi-[0-9a-f]{17}$/.test(each));
}
