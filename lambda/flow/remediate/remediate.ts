import pMap from 'p-map';
import type { RemediationPlan } from '../../core/fix/remediation/plan.ts';
import { planRemediation } from '../../core/fix/remediation/plan-remediation.ts';
import type { EarlierNode } from '../../core/fix/remediation/run/earlier-nodes.ts';
import {
  decided,
  ended,
  groupName,
  hasFailed,
  type NodeProgress,
  nextNodes,
  type PaceOptions,
  type Progress,
  started,
} from '../../core/fix/remediation/run/progress.ts';
import { leftOut, readinessOf, unreadyBecause, unreadyNodes } from '../../core/fix/remediation/run/readiness.ts';
import type { ClusterAudit, NodeAudit, Problem } from '../../core/model/model.ts';
import { OperatorError } from '../../core/model/operator-error.ts';
import { nameList } from '../../core/model/text/name-list.ts';
import { auditCluster } from '../audit/audit-cluster.ts';
import { clusterCalled } from '../audit/cluster-called.ts';
import type { Ports } from '../audit/ports.ts';
import type { HeldGroups, RemediationPorts, RemedyEnd, RemedyProgress } from './ports.ts';
import type { RemediationOptions } from './remediation-options.ts';
import { hasLeft, type NodeRemedied, remedyNode, touchedOf } from './remedy-node.ts';

export interface PlanResult {
  readonly audit: ClusterAudit;
  readonly plan: RemediationPlan;
}

/**
 * Audits the cluster with every source, since only the files tell where a value comes from, and plans. Changes nothing.
 * @throws OperatorError when there is no such cluster
 */
export async function planCluster(
  ports: Ports,
  { wanted, signal, ...options }: RemediationOptions & { readonly wanted: string; readonly signal: AbortSignal },
): Promise<PlanResult> {
  const cluster = await clusterCalled(ports, wanted);
  const audit = await auditCluster(ports, cluster, { ...options, publish: false, everySource: true, signal });

  return { audit, plan: planRemediation(audit, options) };
}

export interface ResumedPlan extends PlanResult {
  readonly earlier: readonly EarlierNode[];
}

/**
 * The same for a run that goes on, or is to be undone: what it sent before, and how that ended. A command that is still under way is waited for, so that
 * the audit sees what it did.
 * @throws OperatorError when Systems Manager knows no command of this run
 */
export async function planAfterRun(
  ports: RemediationPorts,
  { run, ...options }: Parameters<typeof planCluster>[1] & { readonly run: string },
): Promise<ResumedPlan> {
  const cluster = await clusterCalled(ports, options.wanted);
  const sent = await ports.remedies.sent(cluster, run);
  if (!sent.ok) throw new OperatorError(sent.error.code, `${sent.error.message}; ${sent.error.remedy}`);
  if (sent.value.length === 0)
    throw new OperatorError(
      'remedy-run-unknown',
      `Systems Manager knows no command of run ${run} in the account and Region of cluster ${cluster.name}; it keeps commands for 30 days: give the id as the run printed it`,
    );

  const earlier = await pMap(
    sent.value,
    async (each): Promise<EarlierNode> => {
      const end = await ports.remedies.end(cluster, each);
      if (end.kind !== 'answered') return each;
      return { ...each, outcome: end.answer.outcome, changes: end.answer.changes };
    },
    { concurrency: 10 },
  );
  return { ...(await planCluster(ports, options)), earlier };
}

interface DryRunOptions extends Pick<PaceOptions, 'maxUnready' | 'maxUnavailable'> {
  readonly audit: ClusterAudit;
  readonly work: Progress;
  readonly interrupt: AbortSignal;
  /** Called for each node as its answer comes. */
  readonly nodeEnded: (node: NodeProgress, end: RemedyEnd) => void;
}

/** Asks each node that a run would change what its document would change there, some at a time. Changes nothing. @returns what met every node */
export async function dryRun(
  ports: RemediationPorts,
  { audit, work, interrupt, nodeEnded, ...pace }: DryRunOptions,
): Promise<Problem | undefined> {
  const { cluster } = audit;
  const nodes = new Map(audit.nodes.map((each) => [each.node.key, each]));
  const ready = await ports.readiness.all(cluster, interrupt);
  const members = audit.nodes.map(({ node }) => node);
  const out = ready.ok ? leftOut(members, ready.value, pace) : new Map<string, string>();
  let problem: Problem | undefined;

  await pMap(
    work.groups.flatMap((group) => group.nodes),
    async (node) => {
      if (interrupt.aborted || problem) return;
      const because = out.get(node.key);
      if (because !== undefined) return nodeEnded(node, { kind: 'not-begun', because });
      const before = nodes.get(node.key);
      const touched = before ? touchedOf(before) : 'refuse';
      const end = await ports.remedies.run(cluster, node, { mode: 'dry-run', run: 'dry-run', touched });
      nodeEnded(node, end);
      if (end.kind === 'not-begun') problem ??= end.problem;
    },
    { concurrency: 5 },
  );
  return problem;
}

interface ApplyPlanOptions extends RemediationOptions, PaceOptions {
  readonly audit: ClusterAudit;
  /** The nodes, in their order, and what is known of them. */
  readonly work: Progress;
  readonly mode: 'apply' | 'undo';
  /** The id of the run, under which each node keeps its previous files. */
  readonly run: string;
  readonly progress: RemedyProgress;
  /** When it aborts no new node is begun; those under way are waited for. */
  readonly interrupt: AbortSignal;
}

export interface ApplyResult {
  readonly progress: Progress;
  /** `stopped`: too many nodes did not come back, or a problem would meet every node. */
  readonly ended: 'finished' | 'stopped' | 'interrupted';
  /** What would meet every node. */
  readonly problem?: Problem;
  /** The audit with the nodes as they were read after their change. */
  readonly audit: ClusterAudit;
}

/**
 * Carries out the plan: node groups in their order, this many nodes at a time, each Ready before its change, and read again and Ready after it. A node
 * that refuses, is gone or can't be reached stops nothing. The run ends once too many came back as they were, did not come back, or came back otherwise
 * than planned.
 */
export async function applyPlan(ports: RemediationPorts, options: ApplyPlanOptions): Promise<ApplyResult> {
  const { audit, work, run } = options;
  const open = work.groups.filter(({ nodes }) => nodes.some(({ state }) => state === 'waiting'));
  const groups = [...new Set(open.map(({ name }) => name))].toSorted();
  const held = await ports.locks.take(audit.cluster, groups, run);
  if (!held.ok) return { progress: work, ended: 'stopped', problem: held.error, audit };
  try {
    return await changeNodes(ports, { ...options, held: held.value });
  } finally {
    await held.value.release();
  }
}

async function changeNodes(
  ports: RemediationPorts,
  { audit, work, held, ...applying }: ApplyPlanOptions & { readonly held: HeldGroups },
): Promise<ApplyResult> {
  const { interrupt, progress: listener, withoutReady } = applying;
  const nodes = new Map<string, NodeAudit>(audit.nodes.map((each) => [each.node.key, each]));
  const members = audit.nodes.map(({ node }) => node);
  const running = new Map<string, Promise<NodeEnded>>();
  let progress = work;
  let problem: Problem | undefined;
  const done = (next: ReturnType<typeof nextNodes>['kind']): ApplyResult => ({
    progress,
    ended: endOf(next, problem),
    ...(problem && { problem }),
    audit: { ...audit, nodes: audit.nodes.flatMap(({ node }) => nodes.get(node.key) ?? []) },
  });

  const first = await ports.readiness.all(audit.cluster, interrupt);
  if (!first.ok && !withoutReady) {
    problem = readinessUnknown(first.error);
    return done('stopped');
  }
  if (!first.ok)
    ports.log.warn('whether nodes are Ready is not known, and not asked', { because: first.error.message });
  const atStart = first.ok ? first.value : undefined;
  // What made a node not Ready may be the very thing to undo.
  const asksReady = atStart !== undefined && applying.mode === 'apply';
  const out = asksReady ? leftOut(members, atStart, applying) : new Map<string, string>();
  progress = decided(progress, ({ key, state }) => {
    const because = out.get(key);
    if (because !== undefined && state === 'waiting') return { state: 'untouched', because };
    const member = members.find((each) => each.key === key);
    const isReady = member === undefined || atStart === undefined || readinessOf(member, atStart)?.ready === true;
    // Changed by this run before it was broken off.
    return state === 'done' && !isReady ? { state: 'lost', because: unready } : undefined;
  });
  let now = atStart;
  const sizes = new Map(
    [...Map.groupBy(members, ({ group }) => groupName(group))].map(([name, all]) => [name, all.length]),
  );
  // An undo must not wait for nodes that its own run may have made not Ready.
  const before =
    applying.mode === 'undo' && atStart ? unreadyNodes(members, atStart) : new Map<string, readonly string[]>();
  const ignored = new Set([...before.values()].flat());
  let heldFor = 0;

  for (;;) {
    const next = nextNodes(progress, { ...applying, sizes, unready: fallenNow() });
    const mayStart = problem === undefined && !interrupt.aborted;
    if ((next.kind === 'start' || next.kind === 'held') && mayStart && (await looksAgain())) {
      const still = nextNodes(progress, { ...applying, sizes, unready: fallenNow() });
      if (still.kind === 'start') {
        heldFor = 0;
        for (const node of still.nodes) start(node);
        continue;
      }
      if (still.kind === 'held') {
        if (heldFor === 0) listener.waits(heldBecause(still));
        if (heldFor >= heldPatienceMs) problem = heldTooLong(still);
        else await ports.clock.sleep(heldPauseMs);
        heldFor += heldPauseMs;
        continue;
      }
    }
    if (running.size === 0) {
      await lookBack();
      return done(hasLost() && next.kind === 'finished' ? 'stopped' : next.kind);
    }

    const { node, outcome, now: read, problem: met } = await Promise.race(running.values());
    running.delete(node.key);
    progress = ended(progress, node.key, outcome);
    problem ??= met;
    if (outcome.state === 'gone') nodes.delete(node.key);
    else if (read) nodes.set(node.key, read);
    listener.nodeEnded(node, outcome);
  }

  function fallenNow(): ReadonlyMap<string, readonly string[]> {
    return now ? unreadyNodes(members, now, ignored) : new Map();
  }

  /** Sees which nodes are Ready now; where that is not known any more, nothing further is begun. */
  async function looksAgain(): Promise<boolean> {
    problem = await held.renew();
    if (problem || !atStart) return problem === undefined;
    const found = await ports.readiness.all(audit.cluster, interrupt);
    if (found.ok) now = found.value;
    else if (!interrupt.aborted) problem = readinessUnknown(found.error);
    return found.ok && !interrupt.aborted;
  }

  /** A node that was fixed may have died after it was read again. */
  async function lookBack(): Promise<void> {
    if (!atStart) return;
    const found = await ports.readiness.all(audit.cluster, new AbortController().signal);
    if (!found.ok) {
      ports.log.warn('whether the changed nodes are still Ready is not known', { because: found.error.message });
      return;
    }
    progress = decided(progress, ({ key, state }) => {
      const member = members.find((each) => each.key === key);
      const readiness = member && readinessOf(member, found.value);
      return state === 'done' && readiness?.ready === false ? { state: 'lost', because: diedLate } : undefined;
    });
  }

  function hasLost(): boolean {
    return progress.groups.some((group) => group.nodes.some(hasFailed));
  }

  function start(node: NodeProgress): void {
    progress = started(progress, [node.key]);
    running.set(node.key, begin(node));
  }

  async function begin(node: NodeProgress): Promise<NodeEnded> {
    const { cluster } = audit;
    const before = nodes.get(node.key);
    const readiness = before && now && readinessOf(before.node, now);
    const because = asksReady ? unreadyBecause(readiness) : undefined;
    if (before === undefined) return { node, outcome: { state: 'gone' } };
    if (because !== undefined) {
      const left = readiness === undefined && (await hasLeft(ports, cluster, node));
      return { node, outcome: left ? { state: 'gone' } : { state: 'untouched', because } };
    }
    listener.nodeStarted(node);
    return { node, ...(await remedyNode(ports, { ...applying, cluster, node, before, readiness })) };
  }
}

const unready = 'it was changed by this run before, and is not Ready';
const diedLate = 'it was changed and was well, and is not Ready any more';
const heldPauseMs = 15_000;
/** A node that is replaced takes some minutes to join. */
const heldPatienceMs = 10 * 60_000;

const readinessUnknown = ({ message, remedy }: Problem): Problem => ({
  code: 'readiness-unknown',
  message: `whether the nodes are Ready is not known: ${message}`,
  remedy: `${remedy}; or change nodes without that (--without-ready)`,
});

const heldBecause = ({ group, unready }: Extract<ReturnType<typeof nextNodes>, { readonly kind: 'held' }>): string =>
  `no node of ${group} is begun while ${nameList(unready)} are not Ready; waiting for them for up to ${heldPatienceMs / 60_000} minutes`;

const heldTooLong = ({
  group,
  unready,
}: Extract<ReturnType<typeof nextNodes>, { readonly kind: 'held' }>): Problem => ({
  code: 'nodes-unready',
  message: `no further node of ${group} was begun: ${nameList(unready)} are not Ready, which is as many as may be unavailable`,
  remedy: 'see why they are not Ready, then give the same command again',
});

interface NodeEnded extends NodeRemedied {
  readonly node: NodeProgress;
}

function endOf(next: ReturnType<typeof nextNodes>['kind'], problem: Problem | undefined): ApplyResult['ended'] {
  if (next === 'stopped' || problem !== undefined) return 'stopped';
  return next === 'finished' ? 'finished' : 'interrupted';
}
