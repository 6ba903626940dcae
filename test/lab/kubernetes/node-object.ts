import { createHash } from 'node:crypto';
import type { KubeletBehaviour } from './kubelet-behaviour.ts';

/** What differs on a kubelet's own port from a good one. */
export interface KubeletPortOptions {
  /** Who signed its serving certificate, and for whom; `pending`: its signing request waits for approval. */
  readonly serving?: 'cluster' | 'self-signed' | 'another-ca' | 'another-node' | 'expired' | 'pending';
  /** The recorded kubelet that runs there, where the node's `kubelet` says only how the API server fares with it. */
  readonly runs?: string;
  /** Its configuration, as `configz` holds it; that of the node's `kubelet` when absent. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Its answer to any request: a kubelet that its root has replaced. */
  readonly hostile?: KubeletBehaviour;
  /** Sends one byte of an answer each so many milliseconds. */
  readonly dripMilliseconds?: number;
  /** What listens on port 10255: the kubelet's read-only server, or another one. */
  readonly readOnly?: 'kubelet' | 'another';
  /** Answers with a redirect there. */
  readonly redirectTo?: string;
}

/** A node of a lab cluster: what its Node object says, and how its kubelet answers. What is not given is that of an AL2023 node. */
export interface LabNode {
  readonly name: string;
  readonly kubelet: KubeletBehaviour;
  /** Makes the provider id `aws:///eu-central-1a/<instanceId>`. */
  readonly instanceId?: string;
  /** In place of the one made from `instanceId`. */
  readonly providerId?: string;
  /** Managed node group, as its label says. */
  readonly nodegroup?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  readonly kubeletVersion?: string;
  readonly osImage?: string;
  readonly operatingSystem?: 'linux' | 'windows';
  readonly architecture?: 'amd64' | 'arm64';
  /** Its InternalIP, which the API server's errors name too. */
  readonly address?: string;
  readonly ready?: boolean;
  readonly cordoned?: boolean;
  /** Whether it is Ready at any moment, and when its kubelet last posted its status; in place of `ready`. */
  readonly condition?: () => NodeCondition;
  readonly createdAt?: string;
  /** As large as the Node objects of busy clusters (about 16 KB), most of it names of images. */
  readonly bulk?: boolean;
  /** Its Node object word for word, in place of all of the above: a fixture of `test/fixtures/nodes`. */
  readonly object?: Readonly<Record<string, unknown>>;
  /** What differs on its own port, where the cluster has such ports. */
  readonly direct?: KubeletPortOptions;
}

export interface NodeCondition {
  readonly ready: boolean;
  /** `2026-11-01T06:00:00Z` */
  readonly heartbeatAt: string;
}

const imagesOfBusyNode = 50;

export function addressOf(node: LabNode): string {
  if (node.address !== undefined) return node.address;
  const hash = digest(node.name);
  return `10.99.${hash[0]}.${hash[1]}`;
}

/** Its InternalIP, also that of a fixture. */
export function internalIpOf(node: LabNode): string {
  const { status } =
    (node.object as { status?: { addresses?: readonly { type: string; address: string }[] } } | undefined) ?? {};
  return status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? addressOf(node);
}

/** The Node object as the API server returns it. Made once for each node: lists of thousands must cost the client, not the lab. */
export function nodeObject(node: LabNode): Readonly<Record<string, unknown>> {
  const known = made.get(node) ?? node.object ?? makeNodeObject(node);
  made.set(node, known);
  if (!node.condition) return known;
  return { ...known, status: { ...Object(known['status']), conditions: [readyCondition(node.condition())] } };
}

const made = new WeakMap<LabNode, Readonly<Record<string, unknown>>>();

function makeNodeObject(node: LabNode): Readonly<Record<string, unknown>> {
  const { operatingSystem: os = 'linux', architecture: arch = 'amd64', createdAt = '2026-11-01T06:00:00Z' } = node;
  const address = addressOf(node);
  const uid = uuid(node.name);
  const providerId = node.providerId ?? (node.instanceId && `aws:///eu-central-1a/${node.instanceId}`);
  return {
    metadata: {
      name: node.name,
      uid,
      resourceVersion: String(400 + (digest(uid)[0] ?? 0)),
      creationTimestamp: createdAt,
      labels: {
        'beta.kubernetes.io/arch': arch,
        'beta.kubernetes.io/os': os,
        ...(node.nodegroup && {
          'eks.amazonaws.com/capacityType': 'ON_DEMAND',
          'eks.amazonaws.com/nodegroup': node.nodegroup,
        }),
        'kubernetes.io/arch': arch,
        'kubernetes.io/hostname': node.name,
        'kubernetes.io/os': os,
        'node.kubernetes.io/instance-type': 'm6i.large',
        'topology.kubernetes.io/region': 'eu-central-1',
        'topology.kubernetes.io/zone': 'eu-central-1a',
        ...node.labels,
      },
      annotations: {
        'alpha.kubernetes.io/provided-node-ip': address,
        'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
        ...node.annotations,
      },
    },
    spec: {
      ...(providerId && { providerID: providerId }),
      ...(node.taints && { taints: node.taints }),
      ...(node.cordoned && { unschedulable: true }),
    },
    status: {
      addresses: [
        { type: 'InternalIP', address },
        { type: 'InternalDNS', address: node.name },
        { type: 'Hostname', address: node.name },
      ],
      allocatable: { cpu: '1930m', memory: '7220184Ki', pods: '29' },
      capacity: { cpu: '2', memory: '7910360Ki', pods: '29' },
      conditions: [readyCondition({ ready: node.ready !== false, heartbeatAt: createdAt })],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        architecture: arch,
        bootID: uuid(`boot ${node.name}`),
        containerRuntimeVersion: 'containerd://1.7.24',
        kernelVersion: '6.1.0',
        kubeProxyVersion: '',
        kubeletVersion: node.kubeletVersion ?? 'v1.34.9-eks-113cf36',
        machineID: uuid(`machine ${node.name}`).replaceAll('-', ''),
        operatingSystem: os,
        osImage: node.osImage ?? 'Amazon Linux 2023.9.20261110',
        systemUUID: uuid(`system ${node.name}`),
      },
      ...(node.bulk && { images: images(node.name) }),
    },
  };
}

/** As the node lifecycle controller leaves it after a kubelet that posts no more. */
const readyCondition = ({ ready, heartbeatAt }: NodeCondition): object => ({
  type: 'Ready',
  status: ready ? 'True' : 'Unknown',
  reason: ready ? 'KubeletReady' : 'NodeStatusUnknown',
  message: ready ? 'kubelet is posting ready status' : 'Kubelet stopped posting node status.',
  lastHeartbeatTime: heartbeatAt,
  lastTransitionTime: heartbeatAt,
});

function images(name: string): readonly unknown[] {
  return Array.from({ length: imagesOfBusyNode }, (_, index) => {
    const repository = `602401143452.dkr.ecr.eu-central-1.amazonaws.com/team-${index}/service-with-a-long-name-${index}`;
    const sha = createHash('sha256').update(`${name} ${index}`).digest('hex');
    return {
      names: [`${repository}@sha256:${sha}`, `${repository}:v1.${index}.0-eksbuild.1`],
      sizeBytes: 40_000_000 + index,
    };
  });
}

function uuid(text: string): string {
  const hex = digest(text).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
