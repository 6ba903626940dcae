import type { Cluster, ClusterNode, NodeKind } from '../../model/model.ts';
import { shellWord } from '../../model/text/quote.ts';

/** What a bootstrap is given to find and believe its cluster: AWS's word, held to strict forms before any snippet takes it up. */
export interface ClusterWords {
  readonly name?: string;
  readonly region?: string;
  readonly endpointUrl?: string;
  /** Base64 of the CA in PEM, as `certificateAuthority.data` of DescribeCluster. */
  readonly certificate?: string;
}

const pem = /^(?:\s*-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----)+$/;

/** Eight certificates at most. */
const isPem = (text: string): boolean =>
  text.length <= 131_072 && text.split('BEGIN CERTIFICATE').length <= 9 && pem.test(text.trimEnd());

export function clusterWords({ name, arn, endpoint }: Cluster): ClusterWords {
  return {
    ...(/^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/.test(name) && { name }),
    ...(arn && /^[a-z0-9-]{1,40}$/.test(arn.region) && { region: arn.region }),
    ...(endpoint && /^https:\/\/[A-Za-z0-9.-]{1,253}$/.test(endpoint.url) && { endpointUrl: endpoint.url }),
    ...(endpoint && isPem(endpoint.caPem) && { certificate: btoa(endpoint.caPem) }),
  };
}

/** How a changed launch template, image or NodeConfig reaches the nodes of one group. */
export function rollOutOf(kind: NodeKind, nodes: readonly ClusterNode[], cluster: ClusterWords): string {
  if (kind === 'auto-mode' || kind === 'fargate') return 'Nothing of yours: AWS makes these nodes.';
  if (kind === 'hybrid')
    return 'On each node: sudo nodeadm init -c file://nodeConfig.yaml. Keep that file for the machine that replaces it.';

  const group = nodes[0]?.group;
  switch (group?.kind) {
    case 'managed':
      return managed(group.name, cluster);
    case 'karpenter':
      return 'Karpenter sees that the EC2NodeClass changed and replaces the drifted nodes, within the disruption budgets of the node pool. Where spec.kubelet of the class sets the same key, change it there: newer versions take every key, render it last, and it wins.';
    case 'auto-scaling-group':
      return `Make a new version of the launch template${templates(nodes)} and start an instance refresh with that version as its DesiredConfiguration (aws autoscaling start-instance-refresh --desired-configuration): a group that is pinned to a version makes the same instances again otherwise. A refresh drains no node: drain each one first, or let a tool do that.`;
    default:
      return `Start new nodes from the changed launch template${templates(nodes)} or image, then drain and terminate the old ones.`;
  }
}

/**
 * EKS makes its own copy of the launch template for the instances of a managed group, and replaces it with every update. A change to that copy is
 * lost. Source: EKS user guide, "Customize managed nodes with launch templates"; API reference, DescribeNodegroup.
 */
function managed(group: string, { name, region }: ClusterWords): string {
  const isPlain = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/.test(group);
  const words = [
    '--cluster-name',
    name === undefined ? 'CLUSTER' : shellWord(name),
    '--nodegroup-name',
    isPlain ? group : 'GROUP',
    ...(region === undefined ? [] : ['--region', shellWord(region)]),
  ].join(' ');

  return `Make a new version of the group's own launch template, the one that aws eks describe-nodegroup ${words} --query nodegroup.launchTemplate names, and update the group to it (aws eks update-nodegroup-version). Never change the template that the tag aws:ec2launchtemplate:id of an instance names: that is EKS's own copy, which the next update makes anew. Where that answer is null, the group has no launch template and cannot be given one: make a new group.`;
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
