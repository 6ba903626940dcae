import type { ListedNode } from '../../model/listed-node.ts';
import type { Cluster, ClusterNode, Instance, NodeKind } from '../../model/model.ts';
import { printable } from '../../model/text/words.ts';

/** What AWS says of the machine behind a Node object. `unasked`: AWS could not be asked, so it contradicts no node. */
export type AwsWord = Instance | 'unknown' | 'unasked';

/**
 * What kind of node this is. Labels, names and images are the node's own claims: where AWS knows the machine, AWS's tags and platform decide. Auto
 * Mode and Fargate count only when AWS agrees (computeConfig, Fargate profiles). Otherwise a node could talk its way out of the audit.
 */
export function nodeKind(node: ListedNode, cluster: Cluster, aws: AwsWord): NodeKind {
  if (typeof aws === 'object') return kindOfInstance(aws, cluster) ?? systemKind(node, aws.platform);

  return claimedKind(node, cluster, aws) ?? systemKind(node, node.operatingSystem);
}

/** The kinds that AWS alone can show. For the others, the node's system must be read. */
export function kindOfInstance({ id, group }: Instance, { compute }: Cluster): 'hybrid' | 'auto-mode' | undefined {
  if (id.startsWith('mi-')) return 'hybrid';
  return group?.kind === 'auto-mode' && compute.autoMode ? 'auto-mode' : undefined;
}

/** A claim about a machine that AWS did not show us, as far as AWS's word on the cluster bears it out. */
function claimedKind(node: ListedNode, cluster: Cluster, aws: 'unknown' | 'unasked'): NodeKind | undefined {
  const namesEc2 = instanceIdOf(node)?.startsWith('i-') ?? false;

  switch (node.labels['eks.amazonaws.com/compute-type']) {
    case 'fargate':
      // The API server lets a kubelet register under its authenticated name only, and EC2 nodes have no such names.
      return cluster.compute.fargate && !namesEc2 && node.name.startsWith('fargate-') ? 'fargate' : undefined;
    case 'auto':
      return cluster.compute.autoMode && aws === 'unasked' ? 'auto-mode' : undefined;
    case 'hybrid':
      return mayBeHybrid(node, cluster) && !namesEc2 ? 'hybrid' : undefined;
    default:
      return undefined;
  }
}

/** AWS's word is the cluster's remote node networks. Where EKS was not asked (a kubeconfig, no status), the providerID is all there is. */
const mayBeHybrid = ({ providerId }: ListedNode, { compute, status }: Cluster): boolean =>
  compute.hybrid || (status === undefined && (providerId?.startsWith('eks-hybrid://') ?? false));

/** By the system's own name (`osImage` is PRETTY_NAME of /etc/os-release; Windows: the product's name). */
const images: readonly (readonly [RegExp, NodeKind])[] = [
  [/^Bottlerocket\b/, 'bottlerocket'],
  [/^Amazon Linux 2023\b/, 'al2023'],
  [/^Amazon Linux 2(\D|$)/, 'al2'],
  [/^Ubuntu\b/, 'ubuntu'],
];

/** The same of a machine without a Node object, by the platform that its SSM agent reports: `Amazon Linux` and `2023`. */
export function systemOfPlatform(name: string, version: string): Required<Pick<ClusterNode, 'kind' | 'osImage'>> {
  const osImage = printable(`${name} ${version}`.trim(), 100);
  return { kind: systemKind({ osImage, name: '', labels: {} }, undefined), osImage };
}

function systemKind({ osImage = '' }: ListedNode, platform: string | undefined): NodeKind {
  if (platform === 'windows') return 'windows';
  if (platform === undefined && osImage.startsWith('Windows')) return 'windows';

  return images.find(([pattern]) => pattern.test(osImage))?.[1] ?? 'linux';
}

/** `aws:///eu-west-1a/i-…`, `aws:////i-…` or a bare `i-…`: the last path part, if it is an instance id. A hybrid node may be named by its `mi-…` id. */
export function instanceIdOf(node: ListedNode): string | undefined {
  const last = (node.providerId ?? '').split('/').at(-1) ?? '';
  if (/^i-([0-9a-f]{8}|[0-9a-f]{17})$/.test(last)) return last;

  return [last, node.name].find((each) => /^mi-[0-9a-f]{17}$/.test(each));
}
