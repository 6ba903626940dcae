import pMap from 'p-map';
import type { RemediationPlan } from '../../core/fix/remediation/plan.ts';
import { planRemediation } from '../../core/fix/remediation/plan-remediation.ts';
import {
  decided,
  type EarlierNode,
  ended,
  groupName,
  hasFailed,
  type Next,
  type NodeProgress,
  nextNodes,
  type PaceOptions,
  type Progress,
  phaseOf,
  started,
} from '../../core/fix/remediation/run/progress.ts';
import { leftOut, readinessOf, unreadyBecause, unreadyNodes } from '../../core/fix/remediation/run/readiness.ts';
import type { RemedyAnswer } from '../../core/fix/remediation/run/remedy-answer.ts';
import type { ClusterAudit, NodeAudit, Problem } from '../../core/model/model.ts';
import { OperatorError } from '../../core/model/operator-error.ts';
import { nameList } from '../../core/model/text/words.ts';
import { auditCluster, clusterCalled } from '../audit/audit-cluster.ts';
import type { Ports } from '../audit/ports.ts';
import type {
  HeldGroups,
  RemediationOptions,
  RemediationPorts,
  RemedyEnd,
  RemedyProgress,
  SentRemedy,
} from './ports.ts';
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

  const commands = await pMap(
    sent.value,
    async (each) => {
      const end = await ports.remedies.end(cluster, each);
      return { ...each, ...(end.kind === 'answered' && { answer: end.answer }) };
    },
    { concurrency: 10 },
  );
  return { ...(await planCluster(ports, options)), earlier: earlierNodes(commands) };
}

type EndedCommand = SentRemedy & { readonly answer?: RemedyAnswer };

/** What each command that changes a node did, and whether the node was asked to keep that. */
function earlierNodes(commands: readonly EndedCommand[]): readonly EarlierNode[] {
  return commands.flatMap((each, index) => {
    if (each.mode !== 'apply') return [];
    const { instanceId, controls, answer } = each;
    if (answer === undefined) return [{ instanceId, controls }];
    const later = commands.slice(index + 1).filter((other) => other.instanceId === instanceId);
    const isKept = later.find(({ mode }) => mode === 'keep')?.answer?.outcome === 'kept';
    const { outcome, changes } = answer;
    return [{ instanceId, controls, outcome, changes, ...(answer.keep && !isKept && { isOnTrial: true as const }) }];
  });
}

/**
 * What is known before a person says yes: nodes that are not Ready, and groups that can't spare one, are left out.
 * @returns the same work where the API server can't say
 */
export async function readyWork(
  ports: RemediationPorts,
  { audit, work, interrupt, ...pace }: Omit<DryRunOptions, 'nodeEnded'>,
): Promise<Progress> {
  const ready = await ports.readiness.all(audit.cluster, interrupt);
  if (!ready.ok) return work;
  const out = leftOut(
    audit.nodes.map(({ node }) => node),
    ready.value,
    pace,
  );
  return decided(work, ({ key, state }) => {
    const because = out.get(key);
    return because !== undefined && state === 'waiting' ? { state: 'untouched', because } : undefined;
  });
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
  const { interrupt, progress: listener, mode } = applying;
  const { cluster } = audit;
  const nodes = new Map<string, NodeAudit>(audit.nodes.map((each) => [each.node.key, each]));
  const members = audit.nodes.map(({ node }) => node);
  const byGroup = Map.groupBy(members, ({ group }) => groupName(group));
  const sizes = new Map([...byGroup].map(([name, all]) => [name, all.length]));
  const running = new Map<string, Promise<NodeEnded>>();

  const atStart = await ports.readiness.all(cluster, interrupt);
  if (!atStart.ok) {
    const { error } = atStart;
    if (!applying.withoutReady) return { progress: work, ended: 'stopped', problem: readinessUnknown(error), audit };
    ports.log.warn('whether nodes are Ready is not known, and not asked', { because: error.message });
  }
  let now = atStart.ok ? atStart.value : undefined;
  // What made a node not Ready may be the very thing to undo.
  const asksReady = now !== undefined && mode === 'apply';
  // An undo must not wait for nodes that its own run may have made not Ready.
  const ignored = new Set(mode === 'undo' && now ? [...unreadyNodes(members, now).values()].flat() : []);
  let progress = withReadiness(work, asksReady && now ? leftOut(members, now, applying) : new Map());
  let problem: Problem | undefined;
  let listed = moment();

  for (let heldFor = 0; ; ) {
    const next = await nextStep();
    if (next.kind === 'start') {
      heldFor = 0;
      progress = started(
        progress,
        next.nodes.map(({ key }) => key),
      );
      for (const node of next.nodes) running.set(node.key, begin(node));
    } else if (next.kind === 'held') {
      if (heldFor === 0) listener.waits(heldBecause(next));
      if (heldFor >= heldPatienceMs) problem = heldTooLong(next);
      else await ports.clock.sleep(heldPauseMs);
      heldFor += heldPauseMs;
    } else if (running.size > 0) await oneEnds();
    else {
      await lookBack();
      const hasLost = progress.groups.some((group) => group.nodes.some(hasFailed));
      const isStopped = problem !== undefined || next.kind === 'stopped' || (hasLost && next.kind === 'finished');
      const left = audit.nodes.flatMap(({ node }) => nodes.get(node.key) ?? []);
      const ended = isStopped ? 'stopped' : next.kind === 'finished' ? 'finished' : 'interrupted';
      return { progress, ended, ...(problem && { problem }), audit: { ...audit, nodes: left } };
    }
  }

  /** Before anything is begun it is seen again which nodes are Ready. `over`: nothing further may be begun. */
  async function nextStep(): Promise<Next | { readonly kind: 'over' }> {
    const pace = () => ({ ...applying, sizes, unready: now ? unreadyNodes(members, now, ignored) : new Map() });
    const next = nextNodes(progress, pace());
    if (next.kind !== 'start' && next.kind !== 'held') return next;
    if (problem !== undefined || interrupt.aborted) return { kind: 'over' };
    problem = closedWindow(applying.until) ?? (await held.renew());
    // Thousands of nodes are megabytes: a list holds for a minute of one phase, so that a canary that died counts before others follow it.
    const seen = moment();
    const isOld = seen.at - listed.at >= listPauseMs || seen.phase !== listed.phase || next.kind === 'held';
    if (problem === undefined && now && isOld) {
      listed = seen;
      const found = await ports.readiness.all(cluster, interrupt);
      if (found.ok) now = found.value;
      else if (!interrupt.aborted) problem = readinessUnknown(found.error);
    }
    return problem !== undefined || interrupt.aborted ? { kind: 'over' } : nextNodes(progress, pace());
  }

  function moment() {
    const { current, isTrial } = phaseOf(progress, applying.canary);
    return { at: ports.clock.now().getTime(), phase: `${current?.name} ${isTrial}` };
  }

  function closedWindow(until: Date | undefined): Problem | undefined {
    if (until === undefined || ports.clock.now() < until) return undefined;
    return {
      code: 'window-closed',
      message: `the maintenance window ended at ${until.toISOString()}: no further node was begun`,
      remedy: 'resume the run in the next one',
    };
  }

  async function begin(node: NodeProgress): Promise<NodeEnded> {
    const before = nodes.get(node.key);
    if (before === undefined) return { node, outcome: { state: 'gone' } };
    const known = now && readinessOf(before.node, now);
    const again = known && (await ports.readiness.one(cluster, known.name, new AbortController().signal));
    if (again?.ok === false) {
      const met = readinessUnknown(again.error);
      return { node, outcome: { state: 'untouched', because: met.message }, problem: met };
    }
    const readiness = again?.value;
    const because = asksReady ? unreadyBecause(readiness) : undefined;
    if (because !== undefined) {
      const left = readiness === undefined && (await hasLeft(ports, cluster, node));
      return { node, outcome: left ? { state: 'gone' } : { state: 'untouched', because } };
    }
    listener.nodeStarted(node);
    return { node, ...(await remedyNode(ports, { ...applying, cluster, node, before, readiness })) };
  }

  async function oneEnds(): Promise<void> {
    const { node, outcome, now: read, problem: met } = await Promise.race(running.values());
    running.delete(node.key);
    progress = ended(progress, node.key, outcome);
    problem ??= met;
    if (outcome.state === 'gone') nodes.delete(node.key);
    else if (read) nodes.set(node.key, read);
    listener.nodeEnded(node, outcome);
  }

  /** What is known at the start: nodes that are left out, and those that this run changed before it was broken off. */
  function withReadiness(of: Progress, out: ReadonlyMap<string, string>): Progress {
    return decided(of, ({ key, state }) => {
      const because = out.get(key);
      if (because !== undefined && state === 'waiting') return { state: 'untouched', because };
      const node = nodes.get(key)?.node;
      const isReady = node === undefined || now === undefined || readinessOf(node, now)?.ready === true;
      return state === 'done' && !isReady ? { state: 'lost', because: unready } : undefined;
    });
  }

  /** A node that was fixed may have died after it was read again. */
  async function lookBack(): Promise<void> {
    if (!now) return;
    const found = await ports.readiness.all(cluster, new AbortController().signal);
    if (!found.ok)
      return ports.log.warn('whether the changed nodes are still Ready is not known', { because: found.error.message });
    progress = decided(progress, ({ key, state }) => {
      const node = nodes.get(key)?.node;
      const isDead = node !== undefined && readinessOf(node, found.value)?.ready === false;
      return state === 'done' && isDead ? { state: 'lost', because: diedLate } : undefined;
    });
  }
}

interface NodeEnded extends NodeRemedied {
  readonly node: NodeProgress;
}

const unready = 'it was changed by this run before, and is not Ready';
const diedLate = 'it was changed and was well, and is not Ready any more';
const listPauseMs = 60_000;
const heldPauseMs = 60_000;
/** A node that is replaced takes some minutes to join. */
const heldPatienceMs = 10 * 60_000;
type Held = Extract<Next, { readonly kind: 'held' }>;

const readinessUnknown = ({ message, remedy }: Problem): Problem => ({
  code: 'readiness-unknown',
  message: `whether the nodes are Ready is not known: ${message}`,
  remedy: `${remedy}; or change nodes without that (--without-ready)`,
});

const heldBecause = ({ group, unready }: Held): string =>
  `no node of ${group} is begun while ${nameList(unready)} are not Ready; waiting for them for up to ${heldPatienceMs / 60_000} minutes`;

const heldTooLong = ({ group, unready }: Held): Problem => ({
  code: 'nodes-unready',
  message: `no further node of ${group} was begun: ${nameList(unready)} are not Ready, which is as many as may be unavailable`,
  remedy: 'see why they are not Ready, then run the same command again',
});
