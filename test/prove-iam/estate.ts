import { randomBytes } from 'node:crypto';
import { kubeletProbeDocument } from '../../infra/documents/kubelet-probe.ts';
import { auditRoleName, kubernetesGroup, probeDocumentName } from '../../lambda/contract/names.ts';
import type { KubeletBehaviour } from '../lab/kubelet-behaviour.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { nodeFixture } from '../lab/node-fixture.ts';
import type { LabNode } from '../lab/node-object.ts';
import { type NodeDescription, NodeRoot, recordedNode } from '../lab/node-root.ts';
import { auditorRules } from '../lab/rbac.ts';
import { arnOf, place } from './place.ts';
import type { TagsOfMachines } from './program-requests.ts';

const { accountId, region } = place;
const auditRole = `arn:aws:iam::${accountId}:role/${auditRoleName}`;

/** One account in which every call of the program is needed. */
export interface Estate {
  readonly lab: Lab;
  readonly tags: TagsOfMachines;
  /** What Lambda gives the function to reach AWS, and here the lab. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

interface Machine {
  readonly id: string;
  readonly cluster: string;
  /** The one tag that lets IAM admit it, so that no other grant could; and what others know it by. */
  readonly tags: Readonly<Record<string, string>>;
  readonly kubelet: KubeletBehaviour;
  readonly node?: Omit<LabNode, 'kubelet'>;
  /** Its files; without them its command never starts. */
  readonly root?: NodeDescription;
}

const noConfigz: KubeletBehaviour = { kind: 'handlers-off' };

const machines: readonly Machine[] = [
  {
    id: 'i-0000000000000a001',
    cluster: 'prod',
    tags: { 'eks:cluster-name': 'prod', 'eks:nodegroup-name': 'workers' },
    kubelet: { kind: 'recorded', folder: 'file-sets-ca' },
    root: recordedNode('file-sets-ca'),
  },
  {
    id: 'i-0000000000000a002',
    cluster: 'prod',
    tags: { 'eks:eks-cluster-name': 'prod', 'karpenter.sh/nodepool': 'batch' },
    kubelet: { kind: 'kubelet-refuses' },
    root: recordedNode('no-ca-anonymous-off'),
  },
  {
    id: 'i-0000000000000a003',
    cluster: 'prod',
    tags: { 'aws:eks:cluster-name': 'prod' },
    kubelet: noConfigz,
    root: withLongAnswer('file-sets-ca'),
  },
  {
    id: 'mi-0000000000000a004',
    cluster: 'prod',
    tags: { EKSClusterARN: arnOf(place, 'eks', 'cluster/prod') },
    kubelet: noConfigz,
    node: nodeFixture('hybrid-ssm-DERIVED', {
      'eu-central-1/fleet': `${region}/prod`,
      'mi-04a2cf999b7112233': 'mi-0000000000000a004',
    }),
    root: recordedNode('al2023-shape'),
  },
  {
    id: 'i-0000000000000b001',
    cluster: 'edge',
    tags: { 'eks:cluster-name': 'edge' },
    kubelet: { kind: 'recorded', folder: 'file-sets-ca' },
    // Outside the lab's VPC: its networks are asked for, and nobody is dialled.
    node: { name: 'ip-172-31-0-9.internal', instanceId: 'i-0000000000000b001', address: '172.31.0.9' },
    root: recordedNode('file-sets-ca'),
  },
  { id: 'i-0000000000000c001', cluster: 'slow', tags: { 'eks:cluster-name': 'slow' }, kubelet: noConfigz },
];

export async function startEstate(): Promise<Estate> {
  const lab = await startLab();
  const roots: NodeRoot[] = [];

  lab.addAccount(accountId);
  lab.securityHub.enable(accountId, region);
  lab.ssm.putDocument(accountId, region, probeDocumentName, kubeletProbeDocument());
  lab.eks.putCluster(accountId, region, { name: 'young', status: 'CREATING' });

  for (const [name, ofCluster] of Map.groupBy(machines, ({ cluster }) => cluster)) {
    await lab.addKubernetesCluster({
      accountId,
      region,
      name,
      accessEntries: [{ principalArn: auditRole, groups: [kubernetesGroup] }],
      rbac: { groups: { [kubernetesGroup]: auditorRules } },
      remoteNetworkConfig: { remoteNodeNetworks: [{ cidrs: ['10.200.0.0/16'] }] },
      fargateProfiles: ['jobs'],
      nodes: ofCluster.map(({ id, kubelet, node = { name: `${id}.internal`, instanceId: id } }) => ({
        ...node,
        kubelet,
      })),
    });
  }

  for (const { id, tags, root } of machines) {
    const node = root && new NodeRoot(root);
    if (node) roots.push(node);
    if (id.startsWith('i-')) lab.ec2.putInstance(accountId, region, { id, tags });
    lab.ssm.registerInstance(accountId, region, {
      id,
      tags,
      ...(node ? { node } : { behaviour: { startsAfter: 600_000 } }),
    });
  }

  const { accessKeyId, secretAccessKey, sessionToken = '' } = lab.sts.startSession(auditRole, 'eks-kubelet-audit');
  return {
    lab,
    tags: new Map(machines.map(({ id, tags }) => [id, tags])),
    environment: {
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
      AWS_ENDPOINT_URL: lab.endpoint,
    },
    close: async () => {
      await lab.close();
      for (const root of roots) root[Symbol.dispose]();
    },
  };
}

/** A node whose answer does not fit into the 2,500 characters of a list, however it is packed. */
function withLongAnswer(recording: string): NodeDescription {
  const { files, processes } = recordedNode(recording);
  const path = '/etc/kubernetes/kubelet/config.json';
  const config: unknown = JSON.parse(String(files[path]));
  return {
    processes,
    files: {
      ...files,
      [path]: JSON.stringify(Object.assign({}, config, { providerID: randomBytes(4_000).toString('hex') })),
    },
  };
}
