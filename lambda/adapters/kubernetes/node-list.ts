import * as z from 'zod/mini';
import type { NodeReadiness } from '../../core/fix/remediation/run/readiness.ts';
import type { ListedNode } from '../../core/model/listed-node.ts';
import { printable } from '../../core/model/text/words.ts';
import { instanceIdOf } from '../../core/read/inventory/node-kind.ts';
import type { NodeList } from '../../flow/audit/ports.ts';
import type { Readiness } from '../../flow/remediate/ports.ts';
import { getObject, type ListOptions, listPages, takenBy } from './list-pages.ts';

/** The nodes of a cluster, each reduced to what the audit uses. */
export const kubernetesNodes = (options: ListOptions): NodeList => ({
  nodes: (cluster, signal) => listPages({ ...options, cluster, signal }, nodeKind),
  node: (cluster, name, signal) => getObject({ ...options, cluster, signal }, nodeKind, name),
});

const nodes = { path: '/api/v1/nodes', kind: 'NodeList', plural: 'nodes' };
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

const nodeKind = { ...nodes, take: takenBy(nodeSchema, toListedNode) };

/** Whether nodes are Ready, as their Node objects say now: by the rights that an audit has (get and list nodes). */
export const kubernetesReadiness = (options: ListOptions): Readiness => ({
  all: (cluster, signal) => listPages({ ...options, cluster, signal }, readinessKind),
  one: (cluster, name, signal) => getObject({ ...options, cluster, signal }, readinessKind, name),
});

const readinessSchema = z.object({
  metadata: z.object({ name: word }),
  spec: z.optional(z.object({ providerID: z.optional(word) })),
  status: z.optional(
    z.object({
      conditions: z.optional(
        z.array(z.object({ type: word, status: word, reason: z.optional(word), lastHeartbeatTime: z.nullish(word) })),
      ),
    }),
  ),
});

/** A time of the API server, in UTC and to the second: two of them compare as texts. */
const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

function toReadiness({ metadata, spec, status }: z.infer<typeof readinessSchema>): NodeReadiness {
  const name = printable(metadata.name, 256);
  const instanceId = instanceIdOf({
    name,
    labels: {},
    ...(spec?.providerID && { providerId: spec.providerID.slice(0, 256) }),
  });
  const condition = status?.conditions?.find(({ type }) => type === 'Ready');
  const heartbeatAt = condition?.lastHeartbeatTime ?? '';

  return {
    name,
    ...(instanceId !== undefined && { instanceId }),
    ready: condition?.status === 'True',
    ...(timePattern.test(heartbeatAt) && { heartbeatAt }),
    ...(condition?.reason && { because: printable(condition.reason, 100) }),
  };
}

const readinessKind = { ...nodes, take: takenBy(readinessSchema, toReadiness) };
