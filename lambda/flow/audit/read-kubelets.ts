import type { Control } from '../../core/judge/control.ts';
import { canTell } from '../../core/judge/controls/catalogue/shows.ts';
import { type EvaluateOptions, evaluate } from '../../core/judge/evaluate.ts';
import { isInterrupted } from '../../core/model/interrupted.ts';
import type { Cluster, ClusterNode, NodeReading, ReadFailure } from '../../core/model/model.ts';
import { err } from '../../core/model/result.ts';
import type { SharedParts } from '../../core/model/shared-parts.ts';
import { advised } from '../../core/read/kubelet/configz/advice.ts';
import { signalUntil } from '../signal-until.ts';
import type { AuditOptions, AuditPorts, KubeletSource } from './ports.ts';
import { checkGone, checkUnchanged, isGone, type NodeRead, readingOf, unread } from './still-there.ts';

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

/** What all sources share while they read. */
interface Pass {
  readonly ports: Pick<AuditPorts, 'clock' | 'progress' | 'kubeletSources' | 'nodeList' | 'instanceLookup'>;
  readonly options: ReadKubeletsOptions;
  readonly reads: Map<string, NodeRead>;
  readonly stages: readonly Stage[];
  /** Ends all of them when one has a defect. */
  readonly failed: AbortController;
}

/**
 * Each source reads the nodes on which the ones before left a control open that it can show. `wire` reads all of them; with `everySource`, every source
 * does.
 * A source starts on a node as soon as the one before has done with it. Nodes that are gone are not read.
 */
export async function readKubelets(ports: Pass['ports'], options: ReadKubeletsOptions): Promise<readonly NodeRead[]> {
  const { nodes, before, first = [] } = options;
  const reads = new Map(nodes.map((node) => [node.key, before?.get(node.key) ?? unread(node)]));
  const pass: Pass = { ports, options, reads, stages: stagesOf(ports, options), failed: new AbortController() };

  for (const key of new Set([...first, ...reads.keys()])) passOn(pass, key, 0);
  pass.stages[0]?.close();
  const ends = await Promise.allSettled(pass.stages.map((stage, index) => readStage(pass, stage, index)));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return [...reads.values()];
}

function stagesOf(
  { kubeletSources, clock }: Pass['ports'],
  { deadline, controls, everySource = false }: ReadKubeletsOptions,
): readonly Stage[] {
  const began = clock.now();
  return kubeletSources.map((source, index) => ({
    ...queueFor(source),
    shown: controls.filter((control) => canTell(source.via, control)),
    // What is asked on the wire is compared with what the others read.
    isAlwaysAsked: everySource || source.via === 'wire',
    end: deadline && endOfSource(index, { of: kubeletSources.length, began, deadline }),
  }));
}

/** To the next source, from this one on, that has something to read there. */
function passOn({ reads, stages, options: { cluster, now } }: Pass, key: string, from: number): void {
  const read = reads.get(key);
  // A source that still owes a reading passes the node on itself.
  if (!read || isGone(read) || stages.some(({ owed }) => owed.has(key))) return;
  stages
    .slice(from)
    .find(
      ({ source, given, shown, isAlwaysAsked }) =>
        !given.has(key) && !hasAnswered(read, source) && (isAlwaysAsked || isOpen(read, shown, { cluster, now })),
    )
    ?.give(read.node);
}

/** One source, from its first node to its last. */
async function readStage(pass: Pass, stage: Stage, index: number): Promise<void> {
  const { ports, options, failed, stages } = pass;
  const limited = signalUntil(ports.clock, AbortSignal.any([options.signal, failed.signal]), stage.end);
  const done = (key: string) => passOn(pass, key, index + 1);
  try {
    if (!(await stage.hasNodes)) return;
    await readNodes(pass, stage, { signal: limited.signal, done });
    for (const key of await doubted(pass, stage)) done(key);
  } catch (error) {
    failed.abort();
    throw error;
  } finally {
    await limited.stop();
    stages[index + 1]?.close();
  }
}

/** Keys of nodes that the next source may have to read after all: their Node object changed meanwhile, or only seems to be gone. */
async function doubted(
  { ports, options: { cluster, signal }, reads }: Pass,
  { source, given }: Stage,
): Promise<ReadonlySet<string>> {
  const changed = source.via === 'configz' ? await checkUnchanged(ports, { cluster, reads, signal, given }) : [];
  const gone = [...reads.values()].filter(isGone).map(({ node }) => node.key);
  await checkGone(ports, { cluster, reads, signal });
  return new Set([...changed, ...gone]);
}

interface ReadNodesOptions {
  readonly signal: AbortSignal;
  /** Called for each node that the source has read, or given up. */
  readonly done: (key: string) => void;
}

async function readNodes(
  { ports, reads, options: { cluster, shared } }: Pass,
  { source, nodes, owed }: Stage,
  { signal, done }: ReadNodesOptions,
): Promise<void> {
  const add = (before: NodeRead, { result }: Pick<NodeReading, 'result'>): void => {
    const read = result.ok
      ? { ...before, readings: [...before.readings, shared.facts(result.value)] }
      : { ...before, failures: [...before.failures, whyNotRead(result.error, { cluster, signal })] };
    reads.set(before.node.key, read);
    done(before.node.key);
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
  const because = `${source.via} said nothing about this node`;
  for (const key of owed) {
    owed.delete(key);
    const before = reads.get(key);
    if (before) add(before, { result: err({ via: source.via, kind: 'unreadable', because }) });
  }
}

/** A source that ran out of time has not answered. */
const hasAnswered = ({ readings, failures }: NodeRead, { via }: KubeletSource): boolean =>
  [...readings, ...failures.filter(({ kind }) => kind !== 'deadline')].some((each) => each.via === via);

/** Whether time ran out for a source that has something to read there. */
export const isCutShort = (
  read: NodeRead,
  { controls, everySource = false, ...options }: Pick<AuditOptions, 'controls' | 'everySource'> & EvaluateOptions,
): boolean =>
  !isGone(read) &&
  read.failures.some(({ kind, via }) => {
    const shown = controls.filter((control) => canTell(via, control));
    return kind === 'deadline' && (everySource || isOpen(read, shown, options));
  });

/** Unread, or one of these controls is unknown or only suspected after all readings so far. What AWS contradicts stays unknown, so it is not read again. */
function isOpen(read: NodeRead, controls: readonly Control[], options: EvaluateOptions): boolean {
  if (read.readings.length === 0) return true;
  if (read.node.distrust !== undefined) return false;

  const reading = readingOf(read);
  return controls.some((control) => ['unknown', 'warn'].includes(evaluate(control, reading, options).status));
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

/** The last source may use all of the time. Each one before leaves half of what is left, since the next ones need the rest. */
function endOfSource(
  index: number,
  { of, began, deadline }: { readonly of: number; readonly began: Date; readonly deadline: Date },
): Date {
  if (index === of - 1) return deadline;
  return new Date(deadline.getTime() - (deadline.getTime() - began.getTime()) / 2 ** (index + 1));
}

interface Stage extends ReturnType<typeof queueFor> {
  /** The controls of which the source can show something. */
  readonly shown: readonly Control[];
  readonly isAlwaysAsked: boolean;
  readonly end: Date | undefined;
}

function queueFor(source: KubeletSource) {
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
    /** The nodes that the source has to read, as they come. */
    nodes: nodes(),
    /** By their keys, those that it was given, and those of them that it owes a reading. */
    given: given as ReadonlySet<string>,
    owed,
    /** Whether there was one, as soon as it is known: a source is not asked for nothing. */
    hasNodes,
    give(node: ClusterNode) {
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
