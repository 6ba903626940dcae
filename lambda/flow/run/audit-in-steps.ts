import type { Cluster, ClusterAudit, ClusterNode, Problem, ReadFailure } from '../../core/model/model.ts';
import { type SharedParts, sharedParts } from '../../core/model/shared-parts.ts';
import { judgeRead, readNodes } from '../audit/audit-cluster.ts';
import { distinct, ofNodes } from '../audit/judge-nodes.ts';
import { listCluster } from '../audit/list-cluster.ts';
import type { AuditOptions, AuditPorts } from '../audit/ports.ts';
import { isCutShort } from '../audit/read-kubelets.ts';
import type { NodeRead } from '../audit/still-there.ts';
import type { AuditParts, KeptList } from './ports.ts';

/** Steps that read. One more judges what they left. */
const mostReadingSteps = 11;

/** From the first list of the nodes to the beginning of the last step that reads. */
const longestMs = 2 * 60 * 60_000;

export interface AuditStep {
  readonly parts: AuditParts;
  /** A step has died for good: nothing more is read. */
  readonly last: boolean;
}

type StepOptions = AuditOptions & AuditStep & { readonly signal: AbortSignal };

/**
 * One try or step in the audit of a cluster that one function may not be able to read in its time. Each lists the nodes, and adds those that earlier ones
 * listed: a try that died, or a step, forgets no machine. A cluster that is read in the first step is judged at once, and leaves no part.
 * `undefined` when another step has to go on.
 */
export async function auditInSteps(
  ports: AuditPorts,
  cluster: Cluster,
  options: StepOptions,
): Promise<ClusterAudit | undefined> {
  const { parts, last } = options;
  try {
    const before = await parts.listed();
    const { auditedAt, ...listed } = await listCluster(ports, cluster, {
      ...options,
      listedBefore: before?.nodes ?? [],
    });
    await parts.addListed({ at: auditedAt, nodes: lookedFor(listed.nodes) });

    const shared = sharedParts();
    const kept = await readParts(parts, listed.nodes, shared);
    // What an earlier step read is as old as the first list.
    const begunAt = kept.steps > 0 ? (before?.at ?? auditedAt) : auditedAt;
    const begun = { ...listed, auditedAt: begunAt };
    const isOver =
      last || kept.steps >= mostReadingSteps || ports.clock.now().getTime() >= Date.parse(begunAt) + longestMs;
    const isToRead = isToContinue(begun, options);
    const rest = isOver ? [] : listed.nodes.filter(({ key }) => isToRead(kept.reads.get(key)));
    const { read, notes } = await readNodes(ports, {
      ...options,
      ...begun,
      nodes: rest,
      before: readSoFar(rest, kept.reads),
      shared,
    });
    if (read.some(isToRead)) {
      await parts.putPart(kept.steps + 1, { read: read.filter(isTouched), notes });
      return undefined;
    }

    const reads = new Map([...kept.reads, ...read.map((each) => [each.node.key, each] as const)]);
    const all = listed.nodes.flatMap((node) => reads.get(node.key) ?? (isOver ? notAsked(ports, node) : []));
    return await judgeRead(ports, { ...begun, read: all, notes: distinct([...kept.notes, ...notes]), shared }, options);
  } finally {
    ports.release(cluster);
  }
}

/** The machines and hybrid nodes: a later try looks for those that are not listed any more. */
const lookedFor = (nodes: readonly ClusterNode[]): KeptList['nodes'] =>
  nodes
    .filter(({ key, machine, group }) => {
      const isMachine = machine.status === 'confirmed' && machine.instanceId === key;
      return isMachine || group.kind === 'hybrid';
    })
    .map(({ key, group }) => ({ key, group }));

/** The later part counts: it began with what the earlier one had. */
async function readParts(parts: AuditParts, nodes: readonly ClusterNode[], shared: SharedParts) {
  const listed = new Set(nodes.map(({ key }) => key));
  const reads = new Map<string, NodeRead>();
  const notes: Problem[] = [];

  for (let step = 1; ; step += 1) {
    const part = await parts.part(step, shared);
    if (!part) return { steps: step - 1, reads, notes };

    notes.push(...part.notes);
    for (const read of part.read) if (listed.has(read.node.key)) reads.set(read.node.key, read);
  }
}

const readSoFar = (rest: readonly ClusterNode[], reads: ReadonlyMap<string, NodeRead>): ReadonlyMap<string, NodeRead> =>
  new Map(
    rest.flatMap(({ key }) => {
      const read = reads.get(key);
      return read ? [[key, withoutDeadline(read)] as const] : [];
    }),
  );

const notAsked = ({ kubeletSources }: Pick<AuditPorts, 'kubeletSources'>, node: ClusterNode): NodeRead => ({
  node,
  readings: [],
  failures: kubeletSources.map(
    ({ via }): ReadFailure => ({
      via,
      kind: 'deadline',
      because: 'this node was not asked: the steps or the two hours of its cluster’s audit were over',
    }),
  ),
});

/** Not read yet, or time ran out. */
const isToContinue =
  ({ cluster, auditedAt }: Pick<ClusterAudit, 'cluster' | 'auditedAt'>, options: AuditOptions) =>
  (read: NodeRead | undefined): boolean =>
    read === undefined ||
    isCutShort(read, { ...options, controls: ofNodes(options.controls), cluster, now: new Date(auditedAt) });

/** Time was left to ask about it at all. */
const isTouched = (read: NodeRead): boolean =>
  read.readings.length > 0 || read.failures.some(({ kind }) => kind !== 'deadline');

const withoutDeadline = (read: NodeRead): NodeRead => ({
  ...read,
  failures: read.failures.filter(({ kind }) => kind !== 'deadline'),
});
