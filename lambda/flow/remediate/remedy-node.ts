import type { RunbookNode } from '../../core/fix/remediation/plan.ts';
import type { NodeOutcome } from '../../core/fix/remediation/run/progress.ts';
import { type NodeReadiness, notBackBecause, stillWrong } from '../../core/fix/remediation/run/readiness.ts';
import type { RemedyAnswer } from '../../core/fix/remediation/run/remedy-answer.ts';
import { readingsOf } from '../../core/fix/remediation/steps/value-source.ts';
import type { Cluster, NodeAudit, Problem } from '../../core/model/model.ts';
import { auditNodes } from '../audit/audit-cluster.ts';
import { problemOf } from '../problem-of.ts';
import type { RemediationOptions, RemediationPorts, RemedyRequest } from './ports.ts';

export interface NodeRemedied {
  readonly outcome: NodeOutcome;
  /** As it was read afterwards. */
  readonly now?: NodeAudit;
  /** What would meet every other node too. */
  readonly problem?: Problem;
}

interface RemedyNodeOptions extends RemediationOptions {
  readonly mode: 'apply' | 'undo';
  readonly run: string;
  readonly cluster: Cluster;
  readonly node: RunbookNode;
  readonly before: NodeAudit;
  /** Its Node object before the change; absent where a person does without it. */
  readonly readiness?: NodeReadiness | undefined;
  /** How many of its commands were undone just now. */
  readonly undone?: number;
}

const gone: NodeRemedied = { outcome: { state: 'gone' } };
const untouched = (because: string): NodeRemedied => ({ outcome: { state: 'untouched', because } });
const lost = (because: string, read: Omit<NodeRemedied, 'outcome'>): NodeRemedied => ({
  ...read,
  outcome: { state: 'lost', because },
});

/** Fixes one node, or undoes that, and reads it again: what the node says of its own change is not enough. Never throws. */
export async function remedyNode(ports: RemediationPorts, options: RemedyNodeOptions): Promise<NodeRemedied> {
  const { cluster, node, mode, run, before } = options;
  try {
    const end = await ports.remedies.run(cluster, node, { mode, run, touched: touchedOf(before) });
    if (end.kind === 'answered') return await afterAnswer(ports, options, end.answer);
    if (end.kind === 'silent') return await afterSilence(ports, options, end.because);
    if (end.problem) return { ...untouched(end.because), problem: end.problem };
    return (await hasLeft(ports, cluster, node)) ? gone : untouched(end.because);
  } catch (error) {
    const problem = problemOf(ports.log, error, `the remedy of node ${node.key}`);
    return lost(problem.message, { problem });
  }
}

/** Only where the running configuration was read just now, and no value differs from what the files say. */
export function touchedOf(audit: NodeAudit): RemedyRequest['touched'] {
  const { drift = [] } = audit;
  const vias = readingsOf(audit).map(({ via }) => via);
  const seesWhatRuns = vias.includes('configz') || vias.includes('direct');
  return seesWhatRuns && vias.includes('ssm') && drift.length === 0 ? 'as-running' : 'refuse';
}

async function afterAnswer(
  ports: RemediationPorts,
  options: RemedyNodeOptions,
  { outcome, code, words, left, keep }: RemedyAnswer,
): Promise<NodeRemedied> {
  const because = words || code;
  // Somebody else's change, or our own whose answer was lost: wait for its end and read the node.
  if (outcome === 'refused' && code === 'busy') return await afterSilence(ports, options, because);

  switch (outcome) {
    case 'undone':
      if (left) return await undoneFurther(ports, options);
      return await seenReady(ports, options, await seenUndone(ports, options));
    case 'changed': {
      const seen = await seenReady(ports, options, await seenFixed(ports, options));
      if (!keep || seen.outcome.state === 'gone') return seen;
      return seen.outcome.state === 'lost' ? await putBack(ports, options, seen) : await kept(ports, options, seen);
    }
    case 'kept':
    case 'already':
      // Nothing was restarted: the heartbeat from before is as good as a new one.
      return await seenFixed(ports, options);
    case 'refused':
    case 'dry-run':
      return untouched(because);
    case 'restored':
      return { outcome: { state: 'restored', because }, ...(await readAgain(ports, options)) };
    case 'failed':
      return lost(because, await readAgain(ports, options));
  }
}

/** It was seen from outside to be as planned: its change stays. Without this word the node puts it back. */
async function kept(ports: RemediationPorts, options: RemedyNodeOptions, seen: NodeRemedied): Promise<NodeRemedied> {
  const { cluster, node, run, before } = options;
  const end = await ports.remedies.run(cluster, node, { mode: 'keep', run, touched: touchedOf(before) });
  if (end.kind !== 'answered')
    return lost(`it is as planned, and was not asked to keep that: ${end.because}; ${goesBack}`, seen);
  const { outcome, code, words } = end.answer;
  if (outcome === 'kept' || outcome === 'already') return seen;
  return lost(
    `it was as planned, and does not keep that: ${words || code}; ${goesBack}`,
    await readAgain(ports, options),
  );
}

const goesBack = 'the node puts its old state back within ten minutes';

/** It is not as planned, so its change is not kept. */
async function putBack(ports: RemediationPorts, options: RemedyNodeOptions, seen: NodeRemedied): Promise<NodeRemedied> {
  const { cluster, node, run, before } = options;
  const because = 'because' in seen.outcome ? seen.outcome.because : 'it is not as planned';
  const end = await ports.remedies.run(cluster, node, { mode: 'put-back', run, touched: touchedOf(before) });
  const isBack = end.kind === 'answered' && end.answer.outcome === 'undone';
  if (!isBack) return lost(`${because}; ${goesBack}`, seen);
  return { outcome: { state: 'restored', because }, ...(await readAgain(ports, options)) };
}

/** A node keeps the files of eight commands. */
const mostCopies = 8;

/** Each command of a run has a copy of its own on the node: the next one is older, and is put back on its own. */
async function undoneFurther(ports: RemediationPorts, options: RemedyNodeOptions): Promise<NodeRemedied> {
  const undone = (options.undone ?? 0) + 1;
  const next =
    undone < mostCopies
      ? await remedyNode(ports, { ...options, undone })
      : untouched('it claims to hold more commands than a node keeps');
  if (next.outcome.state !== 'untouched') return next;
  const because = `its last change is put back, and the one before is not: ${next.outcome.because}`;
  return { ...next, ...lost(because, await readAgain(ports, options)) };
}

/** Files are put back: so the node must show again what it was fixed for. It may refuse the API server again. */
async function seenUndone(ports: RemediationPorts, options: RemedyNodeOptions): Promise<NodeRemedied> {
  const { now } = await readAgain(ports, options);
  if (!now) return gone;
  const still = options.node.controls.filter((slug) => now.verdicts[slug]?.status === 'pass');
  if (still.length === 0) return { outcome: { state: 'done' }, now };
  return lost(`the files are put back, and it still passes ${still.join(', ')}: something else sets that`, { now });
}

async function afterSilence(
  ports: RemediationPorts,
  options: RemedyNodeOptions,
  because: string,
): Promise<NodeRemedied> {
  // Nothing but its own answer shows that an undo is done.
  if (options.mode === 'undo')
    return lost(`${because}; whether it was undone is not known`, await readAgain(ports, options));
  const seen = await seenReady(ports, options, await seenFixed(ports, options));
  if (seen.outcome.state === 'lost') return lost(`${because}; ${goesBack}`, seen);
  return seen.outcome.state === 'done' ? await kept(ports, options, seen) : seen;
}

const pauseMs = 5_000;
/** A kubelet answers the API server within seconds of its restart; the document has waited for its health before. */
const patienceMs = 90_000;

/** Reads the node until it is seen to be as planned, for as long as a kubelet may take to answer again. */
async function seenFixed(ports: RemediationPorts, options: RemedyNodeOptions): Promise<NodeRemedied> {
  const { clock } = ports;
  const { cluster, before, node } = options;

  for (const end = clock.now().getTime() + patienceMs; ; await clock.sleep(pauseMs)) {
    const { now } = await readAgain(ports, options);
    if (!now) return gone;
    const wrong = stillWrong(node.controls, { before, now });
    if (wrong === undefined) return { outcome: { state: 'done' }, now };
    if (clock.now().getTime() < end) continue;
    // Scaled in while it was fixed.
    return (await hasLeft(ports, cluster, node)) ? gone : lost(wrong, { now });
  }
}

/**
 * Whether the node of a fixed kubelet is Ready, by a status that the kubelet posted since. Its own clock is compared with itself alone. A kubelet posts
 * its status when it starts, and is well for a minute before the document answers.
 */
async function seenReady(
  ports: RemediationPorts,
  { cluster, node, readiness: before }: RemedyNodeOptions,
  seen: NodeRemedied,
): Promise<NodeRemedied> {
  if (seen.outcome.state !== 'done' || before === undefined) return seen;
  const { clock } = ports;
  const { signal } = new AbortController();

  for (const end = clock.now().getTime() + patienceMs; ; await clock.sleep(pauseMs)) {
    const now = await ports.readiness.one(cluster, before.name, signal);
    const because = now.ok
      ? notBackBecause(before, now.value)
      : `whether its node is Ready is not known: ${now.error.message}`;
    if (because === undefined) return seen;
    if (now.ok && now.value === undefined && (await hasLeft(ports, cluster, node))) return gone;
    if (clock.now().getTime() >= end) return { ...seen, outcome: { state: 'lost', because } };
  }
}

/** Nothing, when it left the cluster. */
async function readAgain(
  ports: RemediationPorts,
  { cluster, before, ...options }: RemedyNodeOptions,
): Promise<Pick<NodeRemedied, 'now'>> {
  const quiet = { ...ports, progress: { ...ports.progress, nodeRead: () => undefined } };
  const { nodes } = await auditNodes(quiet, {
    ...options,
    publish: false,
    everySource: true,
    cluster,
    nodes: [before.node],
    auditedAt: ports.clock.now().toISOString(),
    signal: new AbortController().signal,
  });
  return nodes[0] ? { now: nodes[0] } : {};
}

/** Whether AWS says, of a list that was read to its end, that the machine is no longer there. */
export async function hasLeft(
  ports: Pick<RemediationPorts, 'instanceDirectories'>,
  cluster: Cluster,
  { instanceId }: RunbookNode,
): Promise<boolean> {
  const { signal } = new AbortController();
  const found = await Promise.all(ports.instanceDirectories.map((each) => each.instances(cluster, signal)));
  if (found.length === 0 || found.some((each) => !each.ok)) return false;

  const known = found.flatMap((each) => (each.ok ? each.value : [])).find(({ id }) => id === instanceId);
  return known === undefined || known.state === 'terminated' || known.state === 'shutting-down';
}
