import type { Cluster, ClusterAudit, ClusterNode, Problem, ReadFailure } from '../../core/model/model.ts';
import { type SharedParts, sharedParts } from '../../core/model/shared-parts.ts';
import { judgeRead, readNodes } from '../audit/audit-cluster.ts';
import { nextNodesOf } from '../audit/judge-next-nodes.ts';
import { distinct, ofNodes } from '../audit/judge-nodes.ts';
import { type ListedCluster, listCluster } from '../audit/list-cluster.ts';
import type { AuditOptions, AuditPorts } from '../audit/ports.ts';
import { isCutShort } from '../audit/read-kubelets.ts';
import type { NodeRead } from '../audit/still-there.ts';
import { checkStillThere } from '../audit/still-there.ts';
import type { AuditParts } from './ports.ts';

/** Steps that read. One more judges what they left. */
const mostReadingSteps = 11;

/** From the list of the nodes to the beginning of the last step that reads. */
const longestMs = 2 * 60 * 60_000;

export interface AuditStep {
  readonly parts: AuditParts;
  /** A step of this run has handed the cluster over. */
  readonly continues: boolean;
  /** A step has died for good: nothing more is read. */
  readonly last: boolean;
}

type StepOptions = AuditOptions & AuditStep & { readonly signal: AbortSignal };

/**
 * One step in the audit of a cluster that one function may not be able to read in its time. A cluster that is read in the first step is judged at
 * once, and leaves no part. `undefined` when another step has to go on.
 */
export async function auditInSteps(
  ports: AuditPorts,
  cluster: Cluster,
  options: StepOptions,
): Promise<ClusterAudit | undefined> {
  try {
    const inventory = options.continues || options.last ? await options.parts.inventory() : undefined;
    return inventory
      ? await continued(ports, { ...inventory, cluster }, options)
      : await begun(ports, cluster, options);
  } finally {
    ports.release(cluster);
  }
}

async function begun(ports: AuditPorts, cluster: Cluster, options: StepOptions): Promise<ClusterAudit | undefined> {
  const listed = await listCluster(ports, cluster, options);
  const shared = sharedParts();
  const { read, notes } = await readNodes(ports, { ...options, ...listed, shared });
  if (!read.some(isToContinue(listed, options)))
    return await judgeRead(ports, { ...listed, read, notes, shared }, options);

  const { cluster: _, next: __, ...inventory } = listed;
  // What another invocation wrote counts in place of this.
  await options.parts.putInventory(inventory);
  await options.parts.putPart(1, { read: read.filter(isTouched), notes });
  return undefined;
}

async function continued(
  ports: AuditPorts,
  listed: Omit<ListedCluster, 'next'>,
  options: StepOptions,
): Promise<ClusterAudit | undefined> {
  const { nodes, cluster, auditedAt } = listed;
  const shared = sharedParts();
  const kept = await readParts(options.parts, nodes, shared);
  const rest = nodes.filter(({ key }) => {
    const read = kept.reads.get(key);
    return !read || isToContinue(listed, options)(read);
  });
  const isOver =
    options.last || kept.steps >= mostReadingSteps || ports.clock.now().getTime() >= Date.parse(auditedAt) + longestMs;
  if (rest.length === 0 || isOver) {
    const read = await settled(ports, { cluster, nodes, reads: kept.reads, signal: options.signal });
    const next = await nextNodesOf(ports, listed, options);
    return await judgeRead(ports, { ...listed, next, read, notes: kept.notes, shared }, options);
  }

  const before = new Map(
    rest.flatMap(({ key }) => {
      const read = kept.reads.get(key);
      return read ? [[key, withoutDeadline(read)] as const] : [];
    }),
  );
  const { read, notes } = await readNodes(ports, { ...options, ...listed, nodes: rest, before, shared });
  await options.parts.putPart(kept.steps + 1, { read: read.filter(isTouched), notes });
  // From the parts alone, so that a step that is done again leaves the same.
  return read.some(isToContinue(listed, options)) ? undefined : await continued(ports, listed, options);
}

/** The later part counts: it began with what the earlier one had. */
async function readParts(parts: AuditParts, nodes: readonly ClusterNode[], shared: SharedParts) {
  const listed = new Set(nodes.map(({ key }) => key));
  const reads = new Map<string, NodeRead>();
  const notes: Problem[] = [];

  for (let step = 1; ; step += 1) {
    const part = await parts.part(step, shared);
    if (!part) return { steps: step - 1, reads, notes: distinct(notes) };

    notes.push(...part.notes);
    for (const read of part.read) if (listed.has(read.node.key)) reads.set(read.node.key, read);
  }
}

/** Each node of the inventory, in its order: read, gone since, or without time. */
async function settled(
  ports: Pick<AuditPorts, 'kubeletSources' | 'nodeList' | 'instanceLookup'>,
  {
    nodes,
    reads,
    ...place
  }: Pick<ListedCluster, 'cluster' | 'nodes'> & { readonly reads: Map<string, NodeRead>; readonly signal: AbortSignal },
): Promise<readonly NodeRead[]> {
  const failures = ports.kubeletSources.map(
    ({ via }): ReadFailure => ({
      via,
      kind: 'deadline',
      because: 'this node was not asked: the steps or the two hours of its cluster’s audit were over',
    }),
  );
  const all = new Map(nodes.map((node) => [node.key, reads.get(node.key) ?? { node, readings: [], failures }]));
  await checkStillThere(ports, { ...place, reads: all });
  return [...all.values()];
}

const isToContinue =
  ({ cluster, auditedAt }: Pick<ListedCluster, 'cluster' | 'auditedAt'>, options: AuditOptions) =>
  (read: NodeRead): boolean =>
    isCutShort(read, { ...options, controls: ofNodes(options.controls), cluster, now: new Date(auditedAt) });

/** Time was left to ask about it at all. */
const isTouched = (read: NodeRead): boolean =>
  read.readings.length > 0 || read.failures.some(({ kind }) => kind !== 'deadline');

const withoutDeadline = (read: NodeRead): NodeRead => ({
  ...read,
  failures: read.failures.filter(({ kind }) => kind !== 'deadline'),
});
