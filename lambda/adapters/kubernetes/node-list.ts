import * as z from 'zod/mini';
import type { ListedNode } from '../../core/model/listed-node.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import type { NodeList } from '../../flow/audit/ports.ts';
import type { Clock } from '../../flow/ports.ts';
import type { KubernetesConnections } from './connections.ts';
import { getObject, listPages } from './list-pages.ts';

interface NodeListOptions {
  readonly connections: KubernetesConnections;
  readonly clock: Clock;
  /** For how long nothing of a page may come; half a minute when absent. */
  readonly silenceMs?: number;
}

/** The nodes of a cluster, each reduced to what the audit uses. */
export function kubernetesNodes({ connections, ...options }: NodeListOptions): NodeList {
  return {
    async nodes(cluster, signal) {
      const server = connections.to(cluster);
      return server.ok ? await listPages({ ...options, server: server.value, cluster, signal }, nodeKind) : server;
    },
    async node(cluster, name, signal) {
      const server = connections.to(cluster);
      return server.ok ? await getObject({ server: server.value, cluster, signal }, nodeKind, name) : server;
    },
  };
}

const word = z.string();
const nodeSchema = z.object({
  metadata: z.object({ name: word, labels: z.optional(z.record(z.string(), z.string())) }),
  spec: z.optional(z.object({ providerID: z.optional(word) })),
  status: z.optional(
    z.object({
      daemonEndpoints: z.optional(
        z.object({ kubeletEndpoint: z.optional(z.object({ Port: z.optional(z.number()) })) }),
      ),
      addresses: z.optional(z.array(z.object({ type: word, address: word }))),
      nodeInfo: z.optional(
        z.object({ kubeletVersion: z.optional(word), osImage: z.optional(word), operatingSystem: z.optional(word) }),
      ),
    }),
  ),
});

const nodeKind = {
  path: '/api/v1/nodes',
  kind: 'NodeList',
  plural: 'nodes',
  take(object: unknown): Result<ListedNode, string> {
    const node = nodeSchema.safeParse(object);
    return node.success ? ok(toListedNode(node.data)) : err(node.error.issues[0]?.path.join('.') ?? '');
  },
};

/** The labels that tell node groups and node kinds apart; no other label is kept. */
const usedLabels = ['eks.amazonaws.com/nodegroup', 'eks.amazonaws.com/compute-type', 'karpenter.sh/nodepool'] as const;

function toListedNode({ metadata, spec, status }: z.infer<typeof nodeSchema>): ListedNode {
  const labels = metadata.labels ?? {};
  const info = status?.nodeInfo;
  const internalIp = status?.addresses?.find((each) => each.type === 'InternalIP')?.address;

  return {
    name: cut(metadata.name),
    labels: Object.fromEntries(
      usedLabels.flatMap((name) => (Object.hasOwn(labels, name) ? [[name, cut(labels[name] ?? '')]] : [])),
    ),
    ...(spec?.providerID && { providerId: cut(spec.providerID) }),
    ...(info?.kubeletVersion && { kubeletVersion: cut(info.kubeletVersion) }),
    ...(info?.osImage && { osImage: cut(info.osImage) }),
    ...(info?.operatingSystem && { operatingSystem: cut(info.operatingSystem) }),
    ...(internalIp && { internalIp: cut(internalIp) }),
    ...kubeletPortOf(status?.daemonEndpoints?.kubeletEndpoint?.Port),
  };
}

/** 0 is what a Node object has before its kubelet writes one: the API server dials 10250 then. */
const kubeletPortOf = (port: number | undefined): Pick<ListedNode, 'kubeletPort'> =>
  port !== undefined && Number.isInteger(port) && port > 0 && port < 65_536 && port !== 10_250
    ? { kubeletPort: port }
    : {};

/** A node writes these words itself: no control characters, no novels. */
const cut = (text: string): string => text.slice(0, 256).replace(/[^\x20-\x7e]/g, '?');
