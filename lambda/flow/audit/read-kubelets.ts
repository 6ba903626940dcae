import type { Control } from '../../core/judge/control.ts';
import { canTell } from '../../core/judge/controls/catalogue/shows.ts';
import { type EvaluateOptions, evaluate } from '../../core/judge/evaluate.ts';
import { isInterrupted } from '../../core/model/interrupted.ts';
import type { ListedNode } from '../../core/model/listed-node.ts';
import type { Cluster, ClusterNode, KubeletFacts, NodeReading, Problem, ReadFailure } from '../../core/model/model.ts';
import { err, type Result } from '../../core/model/result.ts';
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

export interface ReadKubeletsOptions extends AuditOptions {
  readonly cluster: Cluster;
  readonly nodes: readonly ClusterNode[];
  readonly signal: AbortSignal;
  /** When the audit began, as the controls about expiry see it. */
  readonly now: Date;
  readonly shared: SharedParts;
  /** What an earlier step read of some of the nodes: a source that answered there is not asked again. */
  readonly before?: ReadonlyMap<string, NodeRead>;
  /** Keys of the nodes that are read first, in this order. */
  readonly first?: readonly string[];
}

/**
 * Each source reads the nodes on which the ones before left a control open that it can show. `wire` reads all of them; with `everySource`, every source
 * does.
 * A source starts on a node as soon as the one before has done with it. Nodes that are gone are not read.
 */
export async function readKubelets(
  ports: Pick<AuditPorts, 'clock' | 'progress' | 'kubeletSources' | 'nodeList' | 'instanceLookup'>,
  options: ReadKubeletsOptions,
): Promise<readonly NodeRead[]> {
  const { cluster, nodes, signal, deadline, now, controls, everySource = false, shared } = options;
  const reads = new Map<string, NodeRead>(
    nodes.map((node) => [node.key, options.before?.get(node.key) ?? unread(node)]),
  );
  const failed = new AbortController();
  const began = ports.clock.now();

  const stages = ports.kubeletSources.map((source, index) => ({
    ...stageOf(source),
    shown: controls.filter((control) => canTell(source.via, control)),
    // What is asked on the wire is compared with what the others read.
    isAlwaysAsked: everySource || source.via === 'wire',
    end: deadline && endOfSource(index, { of: ports.kubeletSources.length, began, deadline }),
  }));
  /** To the next source that has something to read there. */
  const passOn = (read: NodeRead, from: number): void => {
    const { key } = read.node;
    // A source that still owes a reading passes the node on itself.
    if (isGone(read) || stages.some(({ owed }) => owed.has(key))) return;
    stages
      .slice(from)
      .find(
        ({ source, given, shown, isAlwaysAsked }) =>
          !given.has(key) && !hasAnswered(read, source) && (isAlwaysAsked || isOpen(read, shown, { cluster, now })),
      )
      ?.give(read.node);
  };
  const readStage = async (stage: (typeof stages)[number], index: number): Promise<void> => {
    const limited = signalUntil(ports.clock, AbortSignal.any([signal, failed.signal]), stage.end);
    try {
      if (!(await stage.hasNodes)) return;
      const done = (read: NodeRead) => passOn(read, index + 1);
      await readWith(ports, stage, { cluster, signal: limited.signal, reads, shared, done });

      const { given } = stage;
      const changed =
        stage.source.via === 'configz' ? await checkUnchanged(ports, { cluster, reads, signal, given }) : [];
      const gone = [...reads.values()].filter(isGone).map(({ node }) => node.key);
      await checkGone(ports, { cluster, reads, signal });
      for (const key of new Set([...changed, ...gone])) {
        const read = reads.get(key);
        if (read) done(read);
      }
    } catch (error) {
      failed.abort();
      throw error;
    } finally {
      await limited.stop();
      stages[index + 1]?.close();
    }
  };

  for (const key of new Set([...(options.first ?? []), ...reads.keys()])) {
    const read = reads.get(key);
    if (read) passOn(read, 0);
  }
  stages[0]?.close();
  const ends = await Promise.allSettled(stages.map(readStage));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return [...reads.values()];
}

/** The last source may use all of the time. Each one before leaves half of what is left, since the next ones need the rest. */
function endOfSource(
  index: number,
  { of, began, deadline }: { readonly of: number; readonly began: Date; readonly deadline: Date },
): Date {
  if (index === of - 1) return deadline;
  return new Date(deadline.getTime() - (deadline.getTime() - began.getTime()) / 2 ** (index + 1));
}

interface Stage {
  readonly source: KubeletSource;
  /** The nodes that the source has to read, as they come. */
  readonly nodes: AsyncIterable<ClusterNode>;
  /** By their keys, those that it was given, and those of them that it owes a reading. */
  readonly given: ReadonlySet<string>;
  readonly owed: Set<string>;
  /** Whether there was one, as soon as it is known: a source is not asked for nothing. */
  readonly hasNodes: Promise<boolean>;
  give(node: ClusterNode): void;
  /** No more nodes come. */
  close(): void;
}

function stageOf(source: KubeletSource): Stage {
  const { promise: hasNodes, resolve } = Promise.withResolvers<boolean>();
  const given = new Set<string>();
  const owed = new Set<string>();
  const waiting: ClusterNode[] = [];
  let closed = false;
  let wake = Promise.withResolvers<void>();
  /** A generator, since sources ask for several nodes at once, at which an iterator of Node's ReadableStream fails. */
  async function* nodes(): AsyncGenerator<ClusterNode> {
    for (;;) {
      for (let node = waiting.shift(); node; node = waiting.shift()) yield node;
      if (closed) return;
      await wake.promise;
      wake = Promise.withResolvers();
    }
  }

  return {
    source,
    nodes: nodes(),
    given,
    owed,
    hasNodes,
    give(node) {
      given.add(node.key);
      owed.add(node.key);
      waiting.push(node);
      wake.resolve();
      resolve(true);
    },
    close() {
      closed = true;
      wake.resolve();
      resolve(false);
    },
  };
}

/**
 * The API server dials the address in the Node object, which can be changed between the list and the reading. So the list is read
 * again: a reading counts if the Node object still says what it said. The next source reads the others.
 */
async function checkUnchanged(
  { nodeList }: Pick<AuditPorts, 'nodeList'>,
  { cluster, reads, signal, given }: CheckOptions & Pick<Stage, 'given'>,
): Promise<readonly string[]> {
  const isAsked = ({ node, readings }: NodeRead) =>
    given.has(node.key) && readings.some(({ via }) => via === 'configz');
  // A person who stops the audit keeps what was read.
  if (!nodeList || signal.aborted || ![...reads.values()].some(isAsked)) return [];

  const listed = await nodeList.nodes(cluster, signal);
  const now = listed.ok && new Map(listed.value.map((each) => [each.name, each]));
  return [...reads.values()].filter(isAsked).flatMap((read) => {
    const { node, readings, failures } = read;
    const failure = now ? changeOf(node, now.get(node.name ?? '')) : notListedAgain(listed);
    if (!failure) return [];

    reads.set(node.key, {
      node,
      readings: readings.filter(({ via }) => via !== 'configz'),
      failures: [...failures, failure],
    });
    return [node.key];
  });
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

/**
 * Long after the list, a node that nothing could read may have left. The list is read again, and what it no longer has is looked up as any deleted node.
 * Where the API server is no source, EC2 alone decides.
 */
export async function checkStillThere(
  { nodeList, ...ports }: Pick<AuditPorts, 'nodeList' | 'instanceLookup'>,
  { cluster, reads, signal }: CheckOptions,
): Promise<void> {
  const unreadNodes = [...reads.values()].filter((read) => read.readings.length === 0 && !isGone(read));
  if (unreadNodes.length === 0) return;

  const listed = await nodeList?.nodes(cluster, signal);
  // Then nothing says that any of them left.
  if (listed && !listed.ok) return;
  const names = listed && new Set(listed.value.map(({ name }) => name));
  const isThere = (node: ClusterNode) =>
    names ? node.name !== undefined && names.has(node.name) : instanceIdToAsk(node) === undefined;
  for (const { node, failures, ...read } of unreadNodes)
    if (!isThere(node)) reads.set(node.key, { ...read, node, failures: [...failures, leftMeanwhile(failures)] });
  await checkGone(ports, { cluster, reads, signal });
}

const leftMeanwhile = (failures: readonly ReadFailure[]): ReadFailure => ({
  via: failures.at(-1)?.via ?? 'configz',
  kind: 'node-gone',
  because: 'it was not listed any more when the audit of its cluster ended',
});

type CheckOptions = Pick<ReadKubeletsOptions, 'cluster' | 'signal'> & { readonly reads: Map<string, NodeRead> };

/** A node stays gone only if no machine runs under its id: a Node object can be deleted while its kubelet is asked. The next source asks the others. */
async function checkGone(
  { instanceLookup }: Pick<AuditPorts, 'instanceLookup'>,
  { cluster, reads, signal }: CheckOptions,
): Promise<void> {
  const gone = [...reads.values()].filter(isGone);
  const ids = gone.flatMap(({ node }) => instanceIdToAsk(node) ?? []);
  const found = ids.length > 0 ? await instanceLookup?.find(cluster, { ids }, signal) : undefined;
  for (const { node: asked } of gone) {
    const fate = fateOf(asked, found);
    // The next source may have read it meanwhile.
    const read = reads.get(asked.key);
    if (fate === 'gone' || !read) continue;

    const node = fate === 'running' ? { ...read.node, unlisted: true as const } : read.node;
    reads.set(node.key, { ...read, node, failures: read.failures.map((each) => notGone(each, fate, found)) });
  }
}

/** What the API server said of a node that isn't gone, or that AWS did not report as gone. */
function notGone(
  failure: ReadFailure,
  fate: 'running' | 'unknown',
  found: Result<unknown, Problem> | undefined,
): ReadFailure {
  if (failure.kind !== 'node-gone') return failure;
  const problem = found && !found.ok ? found.error : undefined;
  const but = problem
    ? ', and AWS did not say whether its machine runs'
    : fate === 'running'
      ? ', but its machine runs'
      : '; it failed before, and nothing proves that a hybrid machine is gone';
  return { via: failure.via, kind: 'unreadable', because: `${failure.because}${but}`, ...(problem && { problem }) };
}

const unread = (node: ClusterNode): NodeRead => ({ node, readings: [], failures: [] });

/** A source that ran out of time has not answered. */
const hasAnswered = ({ readings, failures }: NodeRead, { via }: KubeletSource): boolean =>
  [...readings, ...failures.filter(({ kind }) => kind !== 'deadline')].some((each) => each.via === via);

/** Whether time ran out for a source that has something to read there. */
export function isCutShort(
  read: NodeRead,
  {
    controls,
    everySource = false,
    cluster,
    now,
  }: Pick<ReadKubeletsOptions, 'controls' | 'everySource' | 'cluster' | 'now'>,
): boolean {
  const late = read.failures.filter(({ kind }) => kind === 'deadline');
  if (late.length === 0 || isGone(read)) return false;
  return late.some(
    ({ via }) =>
      everySource ||
      isOpen(
        read,
        controls.filter((control) => canTell(via, control)),
        { cluster, now },
      ),
  );
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
  { source, nodes, owed }: Stage,
  {
    cluster,
    signal,
    reads,
    shared,
    done,
  }: Pick<ReadKubeletsOptions, 'cluster' | 'signal' | 'shared'> & {
    readonly reads: Map<string, NodeRead>;
    /** Called for each node that the source has read, or given up. */
    readonly done: (read: NodeRead) => void;
  },
): Promise<void> {
  const add = (before: NodeRead, { result }: Pick<NodeReading, 'result'>): void => {
    const read = result.ok
      ? { ...before, readings: [...before.readings, shared.facts(result.value)] }
      : { ...before, failures: [...before.failures, whyNotRead(result.error, { cluster, signal })] };
    reads.set(before.node.key, read);
    done(read);
  };

  for await (const reading of source.read(cluster, nodes, signal)) {
    const listed = reads.get(reading.node.key);
    if (!listed || !owed.delete(reading.node.key)) continue;
    const before = reading.system ? { ...listed, node: { ...listed.node, ...reading.system } } : listed;

    // A node counts as read once, even if several sources read it.
    if (before.readings.length === 0) ports.progress.nodeRead(cluster, reading);
    add(before, reading);
  }

  // A source owes one reading a node. What it forgot is unknown, and said so.
  const forgotten = {
    via: source.via,
    kind: 'unreadable',
    because: `${source.via} said nothing about this node`,
  } as const;
  for (const key of owed) {
    owed.delete(key);
    const before = reads.get(key);
    if (before) add(before, { result: err(forgotten) });
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
