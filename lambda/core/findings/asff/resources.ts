import type { Cluster, ClusterArn, ClusterNode, LaunchTemplate } from '../../model/model.ts';
import { isNotPassing } from '../../model/statuses.ts';
import { originText } from '../../model/text/origin-text.ts';
import { findingText, namePart } from '../identity.ts';
import { type JudgedNode, type RolledUp, waiverOf } from '../roll-up.ts';
import { type AsffEksCluster, type AsffResource, partitions } from './asff.ts';
import { reasonText, waiverText } from './status-reasons.ts';

/** ASFF takes 32 resources: the cluster and these. */
export const maxNodeResources = 31;

/**
 * The cluster, then the nodes to look at, the worst first, at most 31. Passing nodes are named only where a node is the subject:
 * otherwise each scaling would change a finding that says nothing new.
 */
export function resourcesOf(
  cluster: Cluster & { readonly arn: ClusterArn },
  rolled: Pick<RolledUp, 'subject' | 'nodes' | 'held'>,
): readonly AsffResource[] {
  return [
    clusterResource(cluster),
    ...nodesToName(rolled)
      .slice(0, maxNodeResources)
      .map((each) => nodeResource(cluster.arn, each, rolled.subject)),
  ];
}

/**
 * The nodes that deserve a look; those that don't fit are counted in ProductFields. A held finding names no nodes, since the unreadable ones differ
 * from night to night.
 */
export function nodesToName({
  subject,
  nodes,
  held,
}: Pick<RolledUp, 'subject' | 'nodes' | 'held'>): readonly JudgedNode[] {
  if (subject.scope === 'node') return nodes;
  return held ? [] : nodes.filter(({ verdict }) => isNotPassing(verdict.status));
}

/** Holds only what an upgrade changes for good. A passing state (`UPDATING`) is left out, since it would change each finding of the cluster. */
export function clusterResource(
  cluster: Pick<Cluster, 'version' | 'endpoint'> & { readonly arn: ClusterArn },
): AsffResource {
  const { version, endpoint } = cluster;
  const details: AsffEksCluster = {
    Name: cluster.arn.name,
    Arn: cluster.arn.arn,
    ...(version ? { Version: findingText(version, 32) } : {}),
    ...(endpoint
      ? {
          Endpoint: findingText(endpoint.url, 512),
          ResourcesVpcConfig: { EndpointPublicAccess: endpoint.publicAccess },
        }
      : {}),
  };

  return { Type: 'AwsEksCluster', Id: cluster.arn.arn, ...place(cluster.arn), Details: { AwsEksCluster: details } };
}

function nodeResource(arn: ClusterArn, judged: JudgedNode, { scope }: RolledUp['subject']): AsffResource {
  // It does not exist yet: its template is what a person looks at.
  const what =
    scope === 'next-node'
      ? ({ Type: 'Other', Id: `${arn.arn}/next-node/${namePart(judged.node.key)}` } as const)
      : machineOf(judged.node, arn);
  return { ...what, ...place(arn), Details: { Other: nodeDetails(judged) } };
}

/** Only a machine that AWS confirms is named as one: what a node says of itself is a claim. */
function machineOf(node: ClusterNode, arn: ClusterArn): Pick<AsffResource, 'Type' | 'Id'> {
  const instanceId = node.machine.status === 'confirmed' && !node.distrust ? node.machine.instanceId : '';
  const owner = `${arn.region}:${arn.accountId}`;

  if (/^i-[0-9a-f]{8,40}$/.test(instanceId))
    return { Type: 'AwsEc2Instance', Id: `arn:${arn.partition}:ec2:${owner}:instance/${instanceId}` };
  if (/^mi-[0-9a-f]{17,40}$/.test(instanceId))
    return { Type: 'Other', Id: `arn:${arn.partition}:ssm:${owner}:managed-instance/${instanceId}` };
  return { Type: 'Other', Id: `${arn.arn}/node/${namePart(node.name ?? node.key)}` };
}

function place({ partition, region }: ClusterArn): Pick<AsffResource, 'Partition' | 'Region'> {
  const Partition = partitions.find((each) => each === partition);

  return { ...(Partition && { Partition }), ...(region.length <= 16 && { Region: region }) };
}

/** What Kubernetes and the audit know of a node. The bounds keep 31 of them, in the widest characters, under 240 KB with the rest of the finding. */
function nodeDetails({ node, verdict }: JudgedNode): Readonly<Record<string, string>> {
  const evidence = 'evidence' in verdict ? verdict.evidence : undefined;
  const waiver = waiverOf(verdict);

  return {
    NodeName: findingText(node.name ?? node.key, 256),
    NodeKey: findingText(node.key, 256),
    NodeGroup: findingText(`${node.group.kind} ${node.group.name}`, 128),
    NodeKind: node.kind,
    Verdict: verdict.status,
    Reason: findingText(reasonText(verdict), 256),
    ...(waiver ? { Waiver: findingText(waiverText(waiver), 160) } : {}),
    ...(node.kubeletVersion ? { KubeletVersion: findingText(node.kubeletVersion, 64) } : {}),
    ...(node.osImage ? { OsImage: findingText(node.osImage, 96) } : {}),
    ...(node.imageId ? { ImageId: findingText(node.imageId, 32) } : {}),
    ...(node.launchTemplate ? { LaunchTemplate: launchTemplateText(node.launchTemplate) } : {}),
    ...(evidence
      ? {
          Setting: evidence.setting,
          EffectiveValue: findingText(evidence.value, 192),
          ExpectedValue: findingText(evidence.expected, 128),
          ValueFrom: findingText(originText(evidence.origin), 192),
          ReadBy: evidence.via,
          ...(evidence.notes.length > 0 ? { Notes: findingText(evidence.notes.slice(0, 3).join('; '), 192) } : {}),
        }
      : {}),
  };
}

const launchTemplateText = ({ id, version }: LaunchTemplate): string =>
  findingText(version === undefined ? id : `${id} version ${version}`, 48);
