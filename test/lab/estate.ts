import { kubeletProbeDocument } from '../../infra/documents/kubelet-probe.ts';
import { auditRoleName, kubernetesGroup, probeDocumentName } from '../../lambda/contract/names.ts';
import type { NodeGroup } from '../../lambda/core/model.ts';
import type { LabInstance } from './ec2.ts';
import { drifting } from './estate-drift.ts';
import { fleet } from './estate-fleet.ts';
import type { EstateCluster, EstateNode } from './estate-node.ts';
import type { LabCredentials } from './identities.ts';
import type { KubeletBehaviour } from './kubelet-behaviour.ts';
import { type Lab, startLab } from './lab.ts';
import { machineTags } from './machine-tags.ts';
import type { LabNode } from './node-object.ts';
import { NodeRoot, recordedNode } from './node-root.ts';
import { auditorRules } from './rbac.ts';
import type { LabManagedInstance } from './ssm.ts';

export interface Estate {
  readonly lab: Lab;
  readonly accountId: string;
  readonly region: string;
  /** A session of the audit's role, as Lambda or a person at a terminal has it. */
  readonly credentials: LabCredentials;
  close(): Promise<void>;
}

const accountId = '111122223333';
const region = 'eu-central-1';
const auditor = `arn:aws:iam::${accountId}:role/${auditRoleName}`;

/**
 * The estate of `npm start`: one compliant cluster, one whose nodes fail in each known way, one private, one without our access entry,
 * one with every kind of node, one whose files and CA files are not what they were.
 */
export async function startEstate(): Promise<Estate> {
  const lab = await startLab();
  const roots: NodeRoot[] = [];
  const close = async () => {
    await lab.close();
    for (const root of roots) root[Symbol.dispose]();
  };

  lab.addAccount(accountId);
  lab.sts.putRole(auditor, { trustPolicy: { Version: '2012-10-17', Statement: [] } });
  lab.ssm.putDocument(accountId, region, probeDocumentName, kubeletProbeDocument());
  lab.securityHub.enable(accountId, region);

  for (const { nodes, ...cluster } of clusters) {
    const machines = nodes.map((node, index) => machineOf(node, cluster.name, index));
    const { arn, caPem } = await lab.addKubernetesCluster({
      accountId,
      region,
      ...cluster,
      nodes: machines.map(nodeObjectOf),
    });

    for (const machine of machines) {
      if (machine.instanceId.startsWith('i-')) lab.ec2.putInstance(accountId, region, ec2Instance(machine));
      if (machine.ssm === 'absent' || machine.group.kind === 'fargate') continue;

      const root = rootOf(machine, caPem);
      if (root) roots.push(root);
      lab.ssm.registerInstance(accountId, region, ssmInstance(machine, { root, clusterArn: arn }));
    }
  }

  return { lab, accountId, region, credentials: lab.sts.startSession(auditor, 'audit'), close };
}

const granted = {
  accessEntries: [{ principalArn: auditor, groups: [kubernetesGroup] }],
  rbac: { groups: { [kubernetesGroup]: auditorRules } },
} as const;

const clusters: readonly EstateCluster[] = [
  {
    name: 'payments',
    ...granted,
    nodes: [
      { name: 'ip-10-0-1-11.eu-central-1.compute.internal', recording: 'al2023-shape', group: 'workers' },
      { name: 'ip-10-0-1-12.eu-central-1.compute.internal', recording: 'file-sets-ca', group: 'workers' },
      { name: 'ip-10-0-1-21.eu-central-1.compute.internal', recording: 'flag-sets-ca', group: 'flags' },
      { name: 'ip-10-0-1-31.eu-central-1.compute.internal', recording: 'drop-in-sets-ca', group: 'drop-ins' },
    ],
  },
  {
    name: 'legacy',
    ...granted,
    nodes: [
      { name: 'no-ca.internal', recording: 'no-ca-anonymous-off', group: 'refusing' },
      { name: 'no-ca-anonymous.internal', recording: 'no-ca-anonymous-on-webhook', group: 'refusing' },
      {
        name: 'no-ca-and-no-ssm.internal',
        recording: 'no-ca-anonymous-off',
        group: 'refusing-without-ssm',
        ssm: 'absent',
      },
      { name: 'open-to-anybody.internal', recording: 'no-ca-anonymous-on-always-allow', group: 'open' },
      { name: 'no-config-file.internal', recording: 'no-config-file-legacy-defaults', group: 'open' },
      {
        name: 'ca-but-open.internal',
        recording: 'ca-set-but-anonymous-always-allow-read-only-port',
        group: 'ca-but-open',
      },
      { name: 'handlers-off.internal', recording: 'debugging-handlers-off', group: 'handlers-off' },
      { name: 'other-ca.internal', recording: 'file-sets-ca', group: 'other-ca', configz: { kind: 'kubelet-refuses' } },
      { name: 'hangs.internal', recording: 'file-sets-ca', group: 'dark', configz: { kind: 'hangs' }, ssm: 'offline' },
      {
        name: 'sends-megabytes.internal',
        recording: 'file-sets-ca',
        group: 'dark',
        configz: { kind: 'endless' },
        ssm: 'absent',
      },
    ],
  },
  {
    name: 'vault',
    ...granted,
    reachable: false,
    publicAccess: false,
    nodes: [
      { name: 'ip-10-0-2-11.eu-central-1.compute.internal', recording: 'al2023-shape', group: 'sealed' },
      { name: 'ip-10-0-2-12.eu-central-1.compute.internal', recording: 'no-ca-anonymous-off', group: 'sealed-old' },
    ],
  },
  {
    name: 'analytics',
    accessEntries: [],
    nodes: [
      { name: 'ip-10-0-3-11.eu-central-1.compute.internal', recording: 'al2023-shape', group: 'spark' },
      { name: 'ip-10-0-3-12.eu-central-1.compute.internal', recording: 'drop-in-sets-ca', group: 'spark' },
    ],
  },
  { ...granted, ...fleet },
  { ...granted, ...drifting },
];

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
  tags: machineTags(machine),
  ...(machine.platform && { platform: machine.platform }),
  ...(machine.imageId && { imageId: machine.imageId }),
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

/** `i-` and 17 hexadecimal digits, the same in every run. */
function instanceId(cluster: string, index: number): string {
  const digits = Buffer.from(cluster).toString('hex').slice(0, 14).padEnd(14, '0');
  return `i-${digits}${index.toString(16).padStart(3, '0')}`;
}
