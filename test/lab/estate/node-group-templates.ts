import { createHash } from 'node:crypto';
import { autoScalingGroupOf, type LabNodegroup } from '../aws/eks/eks.ts';
import type { Lab } from '../lab.ts';

export interface UserDataPart {
  readonly type: 'application/node.eks.aws' | 'text/x-shellscript; charset="us-ascii"';
  readonly body: string;
}

export interface NodeGroupTemplate {
  readonly cluster: string;
  readonly name: string;
  /** The owner's launch template, version by version; without it EKS makes its own of nothing. */
  readonly versions?: readonly (readonly UserDataPart[])[];
  /** The version that the node group uses; the last one when absent. */
  readonly uses?: number;
  readonly details?: LabNodegroup;
  /** What EKS's own copy holds, where it is not what EKS makes of the owner's template. */
  readonly copy?: string;
  readonly machines?: number;
}

type Place = { readonly accountId: string; readonly region: string };

/** `lt-` and 17 hexadecimal digits, the same in every run. */
export const templateId = (text: string): string =>
  `lt-${createHash('sha256').update(text).digest('hex').slice(0, 17)}`;

/** MIME as the EKS User Guide has it, with quotes around its boundary. */
export const userDataOf = (parts: readonly UserDataPart[]): string =>
  [
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="//"',
    '',
    ...parts.flatMap(({ type, body }) => ['--//', `Content-Type: ${type}`, '', body, '']),
    '--//--',
    '',
  ].join('\n');

export const nodeConfig = (...lines: readonly string[]): UserDataPart => ({
  type: 'application/node.eks.aws',
  body: ['apiVersion: node.eks.aws/v1alpha1', 'kind: NodeConfig', 'spec:', '  kubelet:', '    config:']
    .concat(lines.map((line) => `      ${line}`))
    .join('\n'),
});

/** What EKS puts behind the parts of the owner: the cluster, and nothing that is judged. */
export const eksPart = (cluster: string): UserDataPart => ({
  type: 'application/node.eks.aws',
  body: `apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  cluster:
    name: ${cluster}
    apiServerEndpoint: https://${cluster}.example
    certificateAuthority: Y2E=
    cidr: 10.100.0.0/16
  kubelet:
    config:
      maxPods: 29
      clusterDNS:
      - 10.100.0.10
    flags:
    - "--node-labels=eks.amazonaws.com/nodegroup=workers"`,
});

/** As EKS makes it: the Auto Scaling group launches from EKS's copy of the owner's template, with AMI and merged user data. */
export function putNodeGroup(
  { eks, ec2, autoScaling }: Lab,
  { accountId, region }: Place,
  group: NodeGroupTemplate,
): void {
  const { cluster, name, versions, copy, machines } = group;
  const uses = group.uses ?? versions?.length ?? 1;
  const own = { id: templateId(`${cluster} ${name}`), name: `${cluster}-${name}` };
  if (versions)
    ec2.putLaunchTemplate(accountId, region, {
      ...own,
      versions: versions.map((parts) => (parts.length === 0 ? {} : { userData: userDataOf(parts) })),
      defaultVersion: uses,
    });
  eks.putNodegroup(accountId, region, cluster, name, {
    ...group.details,
    ...(versions && { launchTemplate: { ...own, version: String(uses) } }),
  });

  const copied = { id: templateId(`eks ${cluster} ${name}`), name: `eks-${cluster}-${name}` };
  ec2.putLaunchTemplate(accountId, region, {
    ...copied,
    versions: [
      {
        imageId: 'ami-0e45e45e45e45e45e',
        userData: copy ?? userDataOf([...(versions?.[uses - 1] ?? []), eksPart(cluster)]),
      },
    ],
  });
  autoScaling.putGroup(accountId, region, {
    name: autoScalingGroupOf(name),
    tags: { 'eks:cluster-name': cluster, 'eks:nodegroup-name': name, [`kubernetes.io/cluster/${cluster}`]: 'owned' },
    template: { id: copied.id, version: '1' },
    ...(machines !== undefined && { machines }),
  });
}
