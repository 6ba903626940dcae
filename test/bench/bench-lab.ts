import { kubeletProbeDocument } from '../../infra/documents/probe/kubelet-probe.ts';
import { probeDocumentName } from '../../lambda/contract/names.ts';
import { machineTags } from '../lab/aws/ec2/machine-tags.ts';
import { deployMember, grantedIn, hub, memberStackTemplate, organizationId } from '../lab/estate/organization.ts';
import type { KubernetesClusterOptions, LabKubernetesCluster } from '../lab/kubernetes/kubernetes-cluster.ts';
import type { LabNode } from '../lab/kubernetes/node-object.ts';
import type { Lab } from '../lab/lab.ts';

/** An organization of the hub's account and these, each with the member stack; the first one manages it. */
export function addOrganization(lab: Lab, accountIds: readonly string[]): void {
  const [managementAccountId = ''] = accountIds;
  lab.organizations.create({
    id: organizationId,
    managementAccountId,
    delegatedAdministrators: [hub.accountId],
  });
  const template = memberStackTemplate();
  for (const id of [hub.accountId, ...accountIds]) {
    lab.addAccount(id);
    lab.organizations.putAccount({ id });
    deployMember(lab, template, id);
  }
}

export const benchInstanceId = (index: number): string => `i-${index.toString(16).padStart(17, '0')}`;

/** Each its own: nodes that claim one address are not believed. */
export const benchAddress = (index: number): string => `10.99.${Math.floor(index / 250)}.${(index % 250) + 1}`;

interface BenchClusterOptions extends Omit<KubernetesClusterOptions, 'nodes'> {
  readonly nodes: readonly (Pick<LabNode, 'name' | 'kubelet' | 'bulk'> & {
    readonly id: string;
    readonly group?: string;
  })[];
  /** What the probe prints on a node, by its place; SSM has no such node when absent. */
  readonly printed?: (index: number, cluster: LabKubernetesCluster) => string;
  readonly launchedAt?: number;
}

/** A cluster that lets the audit in, with its machines in EC2 and SSM. */
export async function addBenchCluster(lab: Lab, { nodes, printed, launchedAt, ...options }: BenchClusterOptions) {
  const { accountId, region, name: cluster } = options;
  const added = await lab.addKubernetesCluster({
    ...grantedIn(accountId),
    ...options,
    nodes: nodes.map(({ id: instanceId, group: nodegroup = 'workers', ...node }, index) => ({
      ...node,
      instanceId,
      address: benchAddress(index),
      nodegroup,
    })),
  });
  if (printed) lab.ssm.putDocument(accountId, region, probeDocumentName, kubeletProbeDocument());
  for (const [index, { id, name, group = 'workers' }] of nodes.entries()) {
    const tags = machineTags({ cluster, group: { kind: 'managed', name: group } });
    const launched = launchedAt === undefined ? {} : { privateDnsName: name, launchedAt };
    lab.ec2.putInstance(accountId, region, { id, tags, ...launched });
    if (printed) lab.ssm.registerInstance(accountId, region, { id, behaviour: { stdout: printed(index, added) } });
  }
  return added;
}
