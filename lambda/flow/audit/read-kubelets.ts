import type { Control } from '../../core/judge/control.ts';
import { canTell } from '../../core/judge/controls/catalogue/shows.ts';
import { type EvaluateOptions, evaluate } from '../../core/judge/evaluate.ts';
import { isInterrupted } from '../../core/model/interrupted.ts';
import type { ListedNode } from '../../core/model/listed-node.ts';
import type { Cluster, ClusterNode, KubeletFacts, Problem, ReadFailure } from '../../core/model/model.ts';
import type { Result } from '../../core/model/result.ts';
import type { SharedParts } from '../../core/model/shared-parts.ts';
import { fateOf, instanceIdToAsk } from '../../core/read/inventory/gone.ts';
import { advised } from '../../core/read/kubelet/configz/advice.ts';
import { signalUntil } from '../signal-until.ts';
import type { AuditOptions } from './audit-options.ts';
import type { AuditPorts, KubeletSource } from './ports.ts';

export interface NodeRead {
  readonly node: ClusterNode;
  /** What each source read, in the order of the sources; at most one, unless every source was asked. */
  readonly readings: readonly KubeletFacts[];
  readonly failures: readonly ReadFailure[];
}

interface ReadKubeletsOptions extends AuditOptions {
  readonly cluster: Cluster;
  readonly nodes: readonly ClusterNode[];
  readonly signal: AbortSignal;
  /** When the audit began, as the controls about expiry see it. */
  readonly now: Date;
  readonly shared: SharedParts;
}

/**
 * Each source reads the nodes on which the ones before left a control open that it can show; with `everySource`, every source reads all of them.
 * Nodes that are gone are not read.
 */
export async function readKubelets(
  ports: Pick<AuditPorts, 'clock' | 'progress' | 'kubeletSources' | 'nodeList' | 'instanceLookup'>,
  options: ReadKubeletsOptions,
): Promise<readonly NodeRead[]> {
  const { cluster, nodes, signal, deadline, now, controls, everySource = false, shared } = options;
  const reads = new Map<string, NodeRead>(nodes.map((node) => [node.key, { node, readings: [], failures: [] }]));

  for (const source of ports.kubeletSources) {
    const shown = controls.filter((control) => canTell(source.via, control));
    const isToRead = (each: NodeRead) => !isGone(each) && (everySource || isOpen(each, shown, { cluster, now }));
    const left = [...reads.values()].filter(isToRead).map((each) => each.node);
    if (left.length === 0) continue;

    // No source may take more than half of the time that is left: the next one needs the rest.
    const half = deadline && new Date((ports.clock.now().getTime() + deadline.getTime()) / 2);
    const limited = signalUntil(ports.clock, signal, half);
    await readWith(ports, source, { cluster, nodes: left, signal: limited.signal, reads, shared }).finally(
      limited.stop,
    );
    if (source.via === 'configz') await checkUnchanged(ports, { cluster, nodes: left, reads, signal });
    await checkGone(ports, { cluster, reads, signal });
  }

  return [...reads.values()];
}

/**
 * The API server dials the address in the Node object, which can be changed between the list and the reading. So the list is read
 * again: a reading counts if the Node object still says what it said. The next source reads the others.
 */
async function checkUnchanged(
  { nodeList }: Pick<AuditPorts, 'nodeList'>,
  { cluster, nodes, reads, signal }: CheckOptions & Pick<ReadKubeletsOptions, 'nodes'>,
): Promise<void> {
  const read = nodes.flatMap(({ key }) => {
    const each = reads.get(key);
    return each?.readings.some(({ via }) => via === 'configz') ? [each] : [];
  });
  // A person who stops the audit keeps what was read.
  if (read.length === 0 || !nodeList || signal.aborted) return;

  const listed = await nodeList.nodes(cluster, signal);
  const now = listed.ok && new Map(listed.value.map((each) => [each.name, each]));
  for (const each of read) {
    const failure = now ? changeOf(each.node, now.get(each.node.name ?? '')) : notListedAgain(listed);
    if (failure)
      reads.set(each.node.key, {
        ...each,
        readings: each.readings.filter(({ via }) => via !== 'configz'),
        failures: [...each.failures, failure],
      });
  }
}

function changeOf({ internalIp, kubeletPort }: ClusterNode, now: ListedNode | undefined): ReadFailure | undefined {
  if (!now)
    return { via: 'configz', kind: 'node-gone', because: 'its Node object was deleted while its kubelet was asked' };
  return now.internalIp === internalIp && now.kubeletPort === kubeletPort
    ? undefined
    : {
        via: 'configz',
        kind: 'unreadable',
        because:
          'its Node object named another address or port after its kubelet was asked, so another one may have answered',
      };
}

const notListedAgain = (listed: Result<unknown, Problem>): ReadFailure => ({
  via: 'configz',
  kind: 'unreadable',
  because: 'the nodes could not be listed again, so nothing says that their addresses are still the same',
  ...(!listed.ok && { problem: listed.error }),
});

type CheckOptions = Pick<ReadKubeletsOptions, 'cluster' | 'signal'> & { readonly reads: Map<string, NodeRead> };

/** A node stays gone only if no machine runs under its id: a Node object can be deleted while its kubelet is asked. The next source asks the others. */
async function checkGone(
  { instanceLookup }: Pick<AuditPorts, 'instanceLookup'>,
  { cluster, reads, signal }: CheckOptions,
): Promise<void> {
  const gone = [...reads.values()].filter(isGone);
  const ids = gone.flatMap(({ node }) => instanceIdToAsk(node) ?? []);
  if (ids.length === 0) return;

  const found = await instanceLookup?.find(cluster, { ids }, signal);
  for (const read of gone) {
    const fate = fateOf(read.node, found);
    if (fate === 'gone') continue;

    const node = fate === 'running' ? { ...read.node, unlisted: true as const } : read.node;
    reads.set(node.key, { ...read, node, failures: read.failures.map((each) => notGone(each, found)) });
  }
}

/** What the API server said of a node that isn't gone, or that EC2 did not report as gone. */
function notGone(failure: ReadFailure, found: Result<unknown, Problem> | undefined): ReadFailure {
  if (failure.kind !== 'node-gone') return failure;
  return found && !found.ok
    ? {
        via: failure.via,
        kind: 'unreadable',
        because: `${failure.because}, and EC2 did not say whether its instance runs`,
        problem: found.error,
      }
    : { via: failure.via, kind: 'unreadable', because: `${failure.because}, but its instance runs` };
}

/** Unread, or one of these controls is unknown or only suspected after all readings so far. What AWS contradicts stays unknown, so it is not read again. */
function isOpen(read: NodeRead, controls: readonly Control[], options: EvaluateOptions): boolean {
  if (read.readings.length === 0) return true;
  if (read.node.distrust !== undefined) return false;

  const reading = readingOf(read);
  return controls.some((control) => ['unknown', 'warn'].includes(evaluate(control, reading, options).status));
}

async function readWith(
  ports: Pick<AuditPorts, 'progress'>,
  source: KubeletSource,
  {
    cluster,
    nodes,
    signal,
    reads,
    shared,
  }: Pick<ReadKubeletsOptions, 'cluster' | 'nodes' | 'signal' | 'shared'> & { readonly reads: Map<string, NodeRead> },
): Promise<void> {
  const silent = new Set(nodes.map((node) => node.key));

  for await (const reading of source.read(cluster, nodes, signal)) {
    const before = reads.get(reading.node.key);
    if (!before || !silent.delete(reading.node.key)) continue;

    // A node counts as read once, even if several sources read it.
    if (before.readings.length === 0) ports.progress.nodeRead(cluster, reading);
    reads.set(
      reading.node.key,
      reading.result.ok
        ? { ...before, readings: [...before.readings, shared.facts(reading.result.value)] }
        : { ...before, failures: [...before.failures, whyNotRead(reading.result.error, { cluster, signal })] },
    );
  }

  // A source owes one reading a node. What it forgot is unknown, and said so.
  for (const key of silent) {
    const before = reads.get(key);
    if (before)
      reads.set(key, {
        ...before,
        failures: [
          ...before.failures,
          { via: source.via, kind: 'unreadable', because: `${source.via} said nothing about this node` },
        ],
      });
  }
}

/** A source knows that it was stopped, but not whether a person or a time limit did it. Some ways to a cluster also don't allow what it advises. */
function whyNotRead(
  failure: ReadFailure,
  { cluster, signal }: { readonly cluster: Cluster; readonly signal: AbortSignal },
): ReadFailure {
  const { via, kind, problem } = failure;
  if (kind === 'deadline' && isInterrupted(signal))
    return { via, kind: 'interrupted', because: 'the audit was interrupted before this node was read' };
  return problem ? { ...failure, problem: advised(problem, cluster) } : failure;
}

export function readingOf({ node, readings, failures }: NodeRead) {
  const [facts, ...otherFacts] = whatRunsFirst(readings);
  return { node, failures, ...(facts && { facts }), ...(otherFacts.length > 0 && { otherFacts }) };
}

export const isGone = ({ readings, failures }: NodeRead): boolean =>
  readings.length === 0 && failures.some((failure) => failure.kind === 'node-gone');

/** What runs decides before what the files say, in any order of the sources. */
const whatRunsFirst = (readings: readonly KubeletFacts[]): readonly KubeletFacts[] =>
  readings.toSorted((one, other) => Number(one.via === 'ssm') - Number(other.via === 'ssm'));
