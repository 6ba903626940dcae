import { kubeletProbeDocument } from '../../infra/documents/kubelet-probe.ts';
import { auditRoleName, kubernetesGroup, probeDocumentName } from '../../lambda/contract/names.ts';
import type { LabCredentials } from './identities.ts';
import type { KubeletBehaviour } from './kubelet-behaviour.ts';
import type { KubernetesClusterOptions } from './kubernetes-cluster.ts';
import { type Lab, startLab } from './lab.ts';
import type { LabNode } from './node-object.ts';
import { NodeRoot, recordedNode } from './node-root.ts';
import { auditorRules } from './rbac.ts';

/** One machine of the estate: a Node object, an EC2 instance with the tags of its kind, and a root that SSM runs the probe on. */
export interface EstateNode {
  readonly name: string;
  /** The recorded kubelet (`test/fixtures/kubelets`) that runs on it. */
  readonly recording: string;
  readonly group: string;
  /** How its kubelet answers configz; as recorded when absent. */
  readonly configz?: KubeletBehaviour;
  /** Whether its SSM agent is there. */
  readonly ssm?: 'online' | 'offline' | 'absent';
  readonly node?: Partial<LabNode>;
}

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

/** The estate of `npm start`: one compliant cluster, one whose nodes fail in each known way, one private, one without our access entry. */
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
    const machines = nodes.map((node, index) => ({ ...node, instanceId: instanceId(cluster.name, index) }));
    await lab.addKubernetesCluster({ accountId, region, ...cluster, nodes: machines.map(nodeObjectOf) });

    for (const machine of machines.filter(
      (each) => each.node?.labels?.['eks.amazonaws.com/compute-type'] !== 'fargate',
    )) {
      lab.ec2.putInstance(accountId, region, {
        id: machine.instanceId,
        privateDnsName: machine.name,
        tags: {
          'eks:cluster-name': cluster.name,
          'eks:nodegroup-name': machine.group,
          [`kubernetes.io/cluster/${cluster.name}`]: 'owned',
        },
      });
      if (machine.ssm === 'absent') continue;

      const root = new NodeRoot(recordedNode(machine.recording));
      roots.push(root);
      lab.ssm.registerInstance(accountId, region, {
        id: machine.instanceId,
        node: root,
        tags: { 'eks:cluster-name': cluster.name },
        pingStatus: machine.ssm === 'offline' ? 'ConnectionLost' : 'Online',
      });
    }
  }

  return { lab, accountId, region, credentials: lab.sts.startSession(auditor, 'audit'), close };
}

const granted = {
  accessEntries: [{ principalArn: auditor, groups: [kubernetesGroup] }],
  rbac: { groups: { [kubernetesGroup]: auditorRules } },
} as const;

type EstateCluster = Omit<KubernetesClusterOptions, 'accountId' | 'region' | 'nodes'> & {
  readonly nodes: readonly EstateNode[];
};

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
    fargateProfiles: ['jobs'],
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
      {
        name: 'fargate-ip-10-0-9-9.eu-central-1.compute.internal',
        recording: 'file-sets-ca',
        group: 'jobs',
        configz: { kind: 'refused' },
        node: {
          providerId:
            'aws:///eu-central-1a/1a2b3c4d5e-0123456789abcdef/fargate-ip-10-0-9-9.eu-central-1.compute.internal',
          labels: { 'eks.amazonaws.com/compute-type': 'fargate', 'eks.amazonaws.com/fargate-profile': 'jobs' },
          osImage: 'Amazon Linux 2',
        },
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
];

function nodeObjectOf({
  name,
  recording,
  group,
  configz,
  node,
  instanceId: id,
}: EstateNode & { readonly instanceId: string }): LabNode {
  return {
    name,
    kubelet: configz ?? { kind: 'recorded', folder: recording },
    instanceId: id,
    nodegroup: group,
    ...node,
  };
}

/** `i-` and 17 hexadecimal digits, the same in every run. */
function instanceId(cluster: string, index: number): string {
  const digits = Buffer.from(cluster).toString('hex').slice(0, 14).padEnd(14, '0');
  return `i-${digits}${index.toString(16).padStart(3, '0')}`;
}
