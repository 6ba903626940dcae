import type { NodeGroup } from '../../../lambda/core/model/model.ts';
import { type KubeletBehaviour, servesConfigz } from '../kubernetes/kubelet-behaviour.ts';
import { nodeFixture } from '../kubernetes/node-fixture.ts';
import { bottlerocketNode } from '../node/bottlerocket.ts';
import { type NodeDescription, recordedNode } from '../node/node-root.ts';
import { published, publishedNode } from '../node/published-node.ts';
import { karpenterObjects } from './estate-karpenter.ts';
import type { EstateCluster, EstateNode } from './estate-node.ts';

type Words = Readonly<Record<string, string>>;

/** A machine of a kind, its Node object word for word but for `changed` words. */
const machine = (
  kind: string,
  of: EstateNode['group'],
  { changed = {}, ...more }: Partial<EstateNode> & { readonly changed?: Words } = {},
): EstateNode => {
  const node = nodeFixture(`${kind}-DERIVED`, changed);
  return { name: node.name, node, group: of, ...more };
};

/** As EC2 knows it. */
const made = (instanceId: string, imageId: string, launchTemplate?: string) => ({
  instanceId,
  imageId,
  ...(launchTemplate && { launchTemplate }),
});

const group = (of: NodeGroup['kind'], name: string): NodeGroup => ({ kind: of, name });

/** As the images of EKS have it: the serving certificate comes from the cluster. */
const fromCluster = { serverTLSBootstrap: true, featureGates: { RotateKubeletServerCertificate: true } };
const served: KubeletBehaviour = servesConfigz(fromCluster);
const windowsServed: KubeletBehaviour = servesConfigz(JSON.parse(published('windows-eks-kubelet-config-DERIVED.json')));

/** AL2 and AL2023 as published: a `ps` line of a managed node, and the files that bootstrap.sh and nodeadm write. */
const al2Config = '/etc/kubernetes/kubelet/kubelet-config.json';
const al2Published = publishedNode(
  'al2-eks-containerd-mng-ps-ef.txt',
  { [al2Config]: 'al2-eks-kubelet-config.json' },
  '--container-runtime remote ',
);
/** What was published is older than the kubelet of the Node object, which stops at the gate KubeletCredentialProviders. */
const al2: NodeDescription = {
  ...al2Published,
  files: {
    ...al2Published.files,
    [al2Config]: JSON.stringify({
      ...JSON.parse(published('al2-eks-kubelet-config.json')),
      featureGates: { RotateKubeletServerCertificate: true },
    }),
  },
};
const al2023 = publishedNode('al2023-eks-1.33-mng-ps-ef.txt', {
  '/etc/kubernetes/kubelet/config.json': 'al2023-nodeadm-config.json',
  '/etc/kubernetes/kubelet/config.json.d/40-nodeadm.conf': 'al2023-nodeadm-40-nodeadm.conf.json',
});

/** An EC2NodeClass whose `spec.kubelet` empties the client CA: nodeadm writes that as a drop-in, and the file's own value is gone. */
const emptiedByNodeClass: NodeDescription = {
  ...al2023,
  files: {
    ...al2023.files,
    '/etc/kubernetes/kubelet/config.json.d/40-nodeadm.conf': JSON.stringify({
      kind: 'KubeletConfiguration',
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      authentication: { x509: { clientCAFile: '' } },
    }),
  },
};

/** Canonical's image: the kubelet is the snap kubelet-eks, and `snap set` makes flags. DERIVED: no such node was seen. */
const ubuntu: NodeDescription = {
  processes: [
    {
      pid: 1423,
      cgroup: '0::/system.slice/snap.kubelet-eks.daemon.service',
      workingDirectory: '/var/snap/kubelet-eks/current',
      argv: [
        '/snap/kubelet-eks/220/kubelet',
        '--kubeconfig=/var/lib/kubelet/kubeconfig',
        '--container-runtime-endpoint=unix:///run/containerd/containerd.sock',
        '--config=/etc/kubernetes/kubelet/kubelet-config.json',
        '--client-ca-file=/etc/kubernetes/pki/ca.crt',
        '--cloud-provider=external',
      ],
    },
  ],
  files: {
    '/etc/kubernetes/kubelet/kubelet-config.json': JSON.stringify({
      kind: 'KubeletConfiguration',
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      authentication: { anonymous: { enabled: false }, webhook: { enabled: true } },
      authorization: { mode: 'Webhook' },
      ...fromCluster,
    }),
  },
};

/** Made by hand from a general image: no client CA, and a kubeconfig that a whole group may write. */
const handmade: NodeDescription = {
  ...recordedNode('no-ca-anonymous-off'),
  files: {
    ...recordedNode('no-ca-anonymous-off').files,
    '/var/lib/kubelet/kubeconfig': { text: 'apiVersion: v1\nkind: Config\n', mode: 0o664 },
  },
};

const windows = (instanceId: string, configz: KubeletBehaviour, changed?: Words) =>
  machine('windows', 'windows', {
    ...made(instanceId, 'ami-0317d0175e2022001', 'lt-0a170000000000017:3'),
    platform: 'windows',
    platformName: 'Microsoft Windows Server 2022 Datacenter',
    configz,
    ...(changed && { changed }),
  });

const bottlerocket = (of: string, ids: ReturnType<typeof made>, configz: KubeletBehaviour, changed: Words = {}) =>
  machine('bottlerocket', of, { ...ids, root: bottlerocketNode(), platformName: 'Bottlerocket', configz, changed });

const autoMode = (instanceId: string, address: string, configz: KubeletBehaviour) =>
  machine('auto-mode', group('auto-mode', 'general-purpose'), {
    ...made(instanceId, 'ami-0a070340000000001'),
    changed: { 'i-03565916779bff19c': instanceId, '10.0.5.104': address },
    ssm: 'absent',
    configz,
  });

const handlersOff = { kind: 'handlers-off' } as const;
const refuses = { kind: 'kubelet-refuses' } as const;
const refused = { kind: 'refused' } as const;
const hybrid = group('hybrid', 'hybrid');
const fargate = group('fargate', 'fargate');

/** Every kind of node that EKS has. Of each Linux kind at least one kubelet does not answer configz, so that SSM runs the probe there. */
export const fleet: EstateCluster = {
  name: 'fleet',
  karpenter: karpenterObjects,
  computeConfig: { enabled: true, nodePools: ['general-purpose'] },
  remoteNetworkConfig: { remoteNodeNetworks: [{ cidrs: ['10.200.0.0/16'] }] },
  fargateProfiles: ['jobs'],
  nodes: [
    machine('al2', 'al2-workers', {
      ...made('i-0a11c3d5e7f901111', 'ami-0af5eb518f7616978', 'lt-0a110000000000011:4'),
      root: al2,
      configz: handlersOff,
    }),
    machine('al2023', 'al2023-workers', {
      ...made('i-0a12c3d5e7f902023', 'ami-0d39276e3c888c5e5', 'lt-0a120000000000012:7'),
      root: al2023,
      configz: handlersOff,
    }),
    machine('ubuntu', group('auto-scaling-group', 'maps-ubuntu'), {
      ...made('i-0a13c3d5e7f902404', 'ami-0ab07240400000001', 'lt-0a130000000000013:2'),
      root: ubuntu,
      platformName: 'Ubuntu',
      configz: handlersOff,
    }),
    machine('linux-rhel', group('self-managed', 'self-managed'), {
      ...made('i-0a14c3d5e7f909990', 'ami-09e10960000000001'),
      root: handmade,
      platformName: 'Red Hat Enterprise Linux',
      configz: refuses,
    }),
    bottlerocket(
      'bottlerocket',
      made('i-0a15c3d5e7f90b001', 'ami-0b0771e20c8e70001', 'lt-0a150000000000015:1'),
      served,
    ),
    bottlerocket(
      'bottlerocket-hardened',
      made('i-0a16c3d5e7f90b002', 'ami-0b0771e20c8e70002', 'lt-0a160000000000016:1'),
      handlersOff,
      {
        'ip-10-0-4-15': 'ip-10-0-4-16',
        '10.0.4.15': '10.0.4.16',
        'i-0a15c3d5e7f90b001': 'i-0a16c3d5e7f90b002',
        '"bottlerocket"': '"bottlerocket-hardened"',
      },
    ),
    windows('i-0a17c3d5e7f902022', windowsServed),
    windows('i-0a18c3d5e7f902022', refused, {
      'ip-10-0-4-17': 'ip-10-0-4-18',
      '10.0.4.17': '10.0.4.18',
      'i-0a17c3d5e7f902022': 'i-0a18c3d5e7f902022',
    }),
    machine('hybrid-ssm', hybrid, {
      instanceId: 'mi-04a2cf999b7112233',
      recording: 'al2023-shape',
      platformName: 'Ubuntu',
      configz: handlersOff,
    }),
    // Its credentials are IAM Roles Anywhere: SSM does not manage it.
    machine('hybrid-own-name', hybrid, { ssm: 'absent', configz: served }),
    machine('karpenter-al2023', group('karpenter', 'default'), {
      changed: {
        'ip-10-0-4-21': 'ip-10-0-4-20',
        '10.0.4.21': '10.0.4.20',
        'i-0a21c3d5e7f90ca21': 'i-0a20c3d5e7f90ca20',
        '"batch"': '"default"',
      },
      ...made('i-0a20c3d5e7f90ca20', 'ami-0ca20230000000001', 'lt-0a200000000000020:1'),
      recording: 'al2023-shape',
    }),
    machine('karpenter-al2023', group('karpenter', 'batch'), {
      ...made('i-0a21c3d5e7f90ca21', 'ami-0ca20230000000001', 'lt-0a210000000000021:1'),
      root: emptiedByNodeClass,
      configz: refuses,
    }),
    autoMode('i-03565916779bff19c', '10.0.5.104', served),
    autoMode('i-0845aafcb51630ffb', '10.0.5.125', refused),
    machine('fargate', fargate, { changed: { '10-0-9-9': '10-0-9-10', '10.0.9.9': '10.0.9.10' }, configz: served }),
    machine('fargate', fargate, { configz: refused }),
    {
      // Its labels are a claim, its instance's tags are AWS's word: an ordinary node, and nobody could read it.
      name: 'ip-10-0-4-66.eu-central-1.compute.internal',
      group: 'calls-itself-auto',
      ssm: 'absent',
      configz: refused,
      node: { labels: { 'eks.amazonaws.com/compute-type': 'auto', 'karpenter.sh/nodepool': 'general-purpose' } },
    },
  ],
};
