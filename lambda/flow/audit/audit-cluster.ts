import { accessOf } from '../../core/access.ts';
import { type Control, isOfCluster } from '../../core/control.ts';
import { canTell } from '../../core/controls/catalogue/shows.ts';
import { drift } from '../../core/drift.ts';
import { evaluate } from '../../core/evaluate.ts';
import type { ReconciledAudit } from '../../core/findings/lifecycle/reconcile.ts';
import { isInterrupted } from '../../core/interrupted.ts';
import { joinInventory } from '../../core/inventory/inventory.ts';
import { claimsManagedGroup } from '../../core/inventory/managed-groups.ts';
import { advised } from '../../core/kubelet/configz/advice.ts';
import type {
  Cluster,
  ClusterAudit,
  ClusterNode,
  Drift,
  Instance,
  KubeletFacts,
  NodeAudit,
  Problem,
  ReadFailure,
  Via,
} from '../../core/model.ts';
import type { AuditPorts, KubeletSource } from '../../core/ports.ts';
import type { Result } from '../../core/result.ts';
import { type SharedParts, sharedParts } from '../../core/shared-parts.ts';
import { applyWaivers, withWaiver } from '../../core/waivers/apply-waivers.ts';
import type { Waiver } from '../../core/waivers/waiver.ts';
import { problemOf } from '../problem-of.ts';
import { signalUntil } from '../remediate/signal-until.ts';
import type { AuditOptions } from './audit-options.ts';
import { judgeCluster } from './judge-cluster.ts';
import { publishFindings } from './publish-findings.ts';

/** One cluster: list its nodes, read their kubelets source by source, judge them, publish. What cannot be read is said, never guessed. */
export async function auditCluster(
  ports: AuditPorts,
  cluster: Cluster,
  options: AuditOptions & { readonly signal: AbortSignal },
): Promise<ClusterAudit> {
  try {
    return await auditConnected(ports, cluster, options);
  } finally {
    // The connections to a thousand clusters would not fit.
    ports.release(cluster);
  }
}

async function auditConnected(
  ports: AuditPorts,
  cluster: Cluster,
  options: AuditOptions & { readonly signal: AbortSignal },
): Promise<ClusterAudit> {
  const auditedAt = ports.clock.now().toISOString();
  ports.progress.clusterStarted(cluster);

  const limited = signalUntil(ports.clock, options.signal, options.deadline);
  const waivedAt = options.runStartedAt ?? new Date(auditedAt);
  const [inventory, ofCluster] = await Promise.all([
    listNodes(ports, cluster, limited.signal),
    judgeCluster(ports, cluster, {
      controls: isActive(cluster) ? options.controls : [],
      waivers: options.waivers ?? [],
      now: waivedAt,
      signal: limited.signal,
    }),
  ]).finally(limited.stop);
  ports.progress.nodesListed(cluster, inventory.nodes.length);

  const { nodes, ...read } = await auditNodes(ports, { ...options, cluster, nodes: inventory.nodes, auditedAt });
  const met = [...inventory.problems, ...ofCluster.problems, ...read.problems];
  const problems = distinct(met.map((each) => advised(each, cluster)));

  const judged = {
    cluster,
    auditedAt,
    inventory: inventory.listed,
    nodes,
    ...(ofCluster.clusterVerdicts && { clusterVerdicts: ofCluster.clusterVerdicts }),
    controls: { lookedAt: slugs(options.controls), leftOut: slugs(options.leftOut ?? []) },
    problems,
    ...(read.notes && read.notes.length > 0 && { notes: read.notes.map((each) => advised(each, cluster)) }),
  };
  // By the run's one time: an item that is done again after midnight says the same.
  const audit = applyWaivers(judged, options.waivers ?? [], waivedAt);
  const published = options.publish ? await publishAudit(ports, audit, options) : audit;

  ports.progress.clusterFinished(published);
  return published;
}

const slugs = (controls: readonly Control[]): readonly string[] => controls.map(({ slug }) => slug);

interface Nodes extends AuditOptions {
  readonly cluster: Cluster;
  readonly nodes: readonly ClusterNode[];
  readonly auditedAt: string;
  readonly signal: AbortSignal;
}

/** Reads and judges these nodes: an audit without its list. Those that left meanwhile are not in the answer. */
export async function auditNodes(
  ports: Pick<AuditPorts, 'clock' | 'progress' | 'kubeletSources'>,
  { auditedAt, ...asked }: Nodes,
): Promise<Pick<ClusterAudit, 'nodes' | 'problems' | 'notes'>> {
  const reading = { ...asked, controls: asked.controls.filter((each) => !isOfCluster(each)) };
  const { cluster, controls } = reading;
  // Only the cluster itself is asked about: no kubelet has to be read for that.
  if (controls.length === 0 && asked.controls.length > 0) return { nodes: [], problems: [] };

  const surroundings = { cluster, now: new Date(auditedAt) };
  const shared = sharedParts();
  const { waivers = [], runStartedAt: waivedAt = surroundings.now } = reading;

  const read = await readKubelets(ports, { ...reading, surroundings, shared });
  return {
    nodes: read.flatMap((each) => judge(each, controls, { ...surroundings, waivers, waivedAt, shared })),
    ...problemsMet(read),
  };
}

/** The narrow source stands aside where its token may do more than it needs: by design, if another one reads those nodes. */
const standsAside = 'token-too-broad';

function problemsMet(read: readonly NodeRead[]): Required<Pick<ClusterAudit, 'problems' | 'notes'>> {
  const met = read.flatMap(({ failures, readings }) =>
    failures.flatMap(({ problem }) => (problem ? [{ problem, isRead: readings.length > 0 }] : [])),
  );
  const served = met.filter(({ problem }) => problem.code === standsAside).every(({ isRead }) => isRead);
  const isNote = ({ code }: Problem) => served && code === standsAside;
  const all = distinct(met.map(({ problem }) => problem));
  return { problems: all.filter((each) => !isNote(each)), notes: all.filter(isNote) };
}

/** What was found is kept, whatever happens to its findings. */
export async function publishAudit<Audit extends ReconciledAudit & Pick<ClusterAudit, 'problems'>>(
  ports: Pick<AuditPorts, 'clock' | 'findings' | 'memory' | 'log'>,
  audit: Audit,
  options: AuditOptions,
): Promise<Audit & Pick<ClusterAudit, 'published' | 'transitions' | 'problems'>> {
  try {
    return await publishFindings(ports, audit, options);
  } catch (error) {
    const problem = problemOf(ports.log, error, `publishing the findings of cluster ${audit.cluster.name}`);
    return { ...audit, problems: [...audit.problems, problem] };
  }
}

interface Inventory {
  readonly listed: ClusterAudit['inventory'];
  readonly nodes: readonly ClusterNode[];
  readonly problems: readonly Problem[];
}

const isActive = ({ status }: Cluster): boolean => !status || ['ACTIVE', 'UPDATING'].includes(status);

/** The API server's list and AWS's instances, joined; either alone when the other cannot be had. */
async function listNodes(ports: AuditPorts, cluster: Cluster, signal: AbortSignal): Promise<Inventory> {
  if (!isActive(cluster)) {
    return { listed: { from: 'none', complete: false }, nodes: [], problems: [notActive(cluster)] };
  }

  const [listed, ...found] = await Promise.all([
    ports.nodeList?.nodes(cluster, signal),
    ...ports.instanceDirectories.map((directory) => directory.instances(cluster, signal)),
  ]);
  const instances = allOf(found);
  const managed =
    instances && claimsManagedGroup(instances)
      ? await ports.managedGroups?.autoScalingGroups(cluster, signal)
      : undefined;
  const problems = [listed, ...found, managed].flatMap((each) => (each && !each.ok ? [each.error] : []));

  const nodes = joinInventory(cluster, {
    ...(listed?.ok && { listed: listed.value }),
    ...(instances && { instances }),
    ...(managed && { managed }),
    now: ports.clock.now(),
  });
  // The names of groups are then what Node objects say.
  const isClaimed = found.length > 0 && !instances;
  const terminated = (instances ?? []).flatMap((each) => (each.state === 'terminated' ? [each.id] : []));
  return {
    listed: {
      from: listed?.ok ? 'kubernetes' : instances ? 'tags' : 'none',
      complete: listed?.ok ?? false,
      // An Auto Scaling group looks gone when AWS did not say whose machines these are; a managed node group when its machines are tagged as another's.
      ...((isClaimed || managed?.ok === false) && { machinesUnknown: true }),
      ...(terminated.length > 0 && { terminated }),
    },
    nodes: isClaimed ? nodes.map((node) => ({ groupUnconfirmed: machinesUnsaid, ...node })) : nodes,
    problems,
  };
}

const machinesUnsaid = 'AWS did not say whose machines these are';

/** `undefined` when AWS was not, or could not wholly be, asked: then no machine is confirmed by what is missing. */
function allOf(found: readonly Result<readonly Instance[], Problem>[]): readonly Instance[] | undefined {
  const answered = found.flatMap((each) => (each.ok ? [each.value] : []));
  return answered.length > 0 && answered.length === found.length ? answered.flat() : undefined;
}

interface NodeRead {
  readonly node: ClusterNode;
  /** What each source read, in the order of the sources; at most one, unless every source was asked. */
  readonly readings: readonly KubeletFacts[];
  readonly failures: readonly ReadFailure[];
}

interface Reading extends AuditOptions {
  readonly cluster: Cluster;
  readonly nodes: readonly ClusterNode[];
  readonly signal: AbortSignal;
  readonly surroundings: Around;
  readonly shared: SharedParts;
}

interface Around {
  readonly cluster: Cluster;
  readonly now: Date;
}

/**
 * Each source reads the nodes on which the ones before left a control open of which it can tell; or every source all of them. Nobody asks for those that
 * are gone.
 */
async function readKubelets(
  ports: Pick<AuditPorts, 'clock' | 'progress' | 'kubeletSources'>,
  reading: Reading,
): Promise<readonly NodeRead[]> {
  const { cluster, nodes, signal, deadline, surroundings, controls, everySource = false, shared } = reading;
  const reads = new Map<string, NodeRead>(nodes.map((node) => [node.key, { node, readings: [], failures: [] }]));

  for (const source of ports.kubeletSources) {
    const told = controls.filter((control) => canTell(source.via, control));
    const isToRead = (each: NodeRead) => !isGone(each) && (everySource || isOpen(each, told, surroundings));
    const left = [...reads.values()].filter(isToRead).map((each) => each.node);
    if (left.length === 0) continue;

    // No source may take more than half of the time that is left: the next one needs the rest.
    const half = deadline && new Date((ports.clock.now().getTime() + deadline.getTime()) / 2);
    const limited = signalUntil(ports.clock, signal, half);
    await readWith(ports, source, { cluster, nodes: left, signal: limited.signal, reads, shared }).finally(
      limited.stop,
    );
  }

  return [...reads.values()];
}

/** Unread, or one of these controls is unknown or only suspected by all that was read so far. What AWS contradicts stays unknown, whoever reads it. */
function isOpen(read: NodeRead, controls: readonly Control[], surroundings: Around): boolean {
  if (read.readings.length === 0) return true;
  if (read.node.distrust !== undefined) return false;

  const reading = readingOf(read);
  return controls.some((control) => ['unknown', 'warn'].includes(evaluate(control, reading, surroundings).status));
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
  }: Pick<Reading, 'cluster' | 'nodes' | 'signal' | 'shared'> & { readonly reads: Map<string, NodeRead> },
): Promise<void> {
  const silent = new Set(nodes.map((node) => node.key));

  for await (const reading of source.read(cluster, nodes, signal)) {
    const before = reads.get(reading.node.key);
    if (!before || !silent.delete(reading.node.key)) continue;

    // A node is read once, however many sources read it.
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

/** Sources know that they were stopped, and not by whom (a person, or a time limit); and not every way to a cluster allows what they advise. */
function whyNotRead(
  failure: ReadFailure,
  { cluster, signal }: { readonly cluster: Cluster; readonly signal: AbortSignal },
): ReadFailure {
  const { via, kind, problem } = failure;
  if (kind === 'deadline' && isInterrupted(signal))
    return { via, kind: 'interrupted', because: 'the audit was interrupted before this node was read' };
  return problem ? { ...failure, problem: advised(problem, cluster) } : failure;
}

/** A node that left after it was listed is no node any more. */
function judge(
  read: NodeRead,
  controls: readonly Control[],
  { waivers, waivedAt, shared, ...surroundings }: Judging,
): readonly NodeAudit[] {
  if (isGone(read) || isNoNode(read)) return [];

  const drifted = driftOf(read);
  const reading = readingOf(read);
  const verdicts = new Map(
    controls.map((control) => [control.slug, shared.verdict(evaluate(control, reading, surroundings))]),
  );
  const place = { cluster: surroundings.cluster, node: read.node, waivers, now: waivedAt };
  return [
    {
      ...reading,
      ...(drifted && { drift: drifted }),
      verdicts: Object.fromEntries(verdicts),
      access: accessOf((control) =>
        withWaiver(verdicts.get(control.slug) ?? evaluate(control, reading, surroundings), {
          ...place,
          control: control.slug,
        }),
      ),
    },
  ];
}

interface Judging extends Around {
  readonly waivers: readonly Waiver[];
  readonly waivedAt: Date;
  readonly shared: SharedParts;
}

function readingOf({ node, readings, failures }: NodeRead) {
  const [facts, ...otherFacts] = whatRunsFirst(readings);
  return { node, failures, ...(facts && { facts }), ...(otherFacts.length > 0 && { otherFacts }) };
}

const isGone = ({ readings, failures }: NodeRead): boolean =>
  readings.length === 0 && failures.some((failure) => failure.kind === 'node-gone');

/** A machine with the cluster's tags that no API server lists and on which no kubelet runs: a bastion, or one that never became a node. */
const isNoNode = ({ node, readings, failures }: NodeRead): boolean =>
  node.unlisted === true && readings.length === 0 && failures.some((failure) => failure.noKubelet);

/** What runs decides before what the files say, whatever the order of the sources. */
const whatRunsFirst = (readings: readonly KubeletFacts[]): readonly KubeletFacts[] =>
  readings.toSorted((one, other) => Number(one.via === 'ssm') - Number(other.via === 'ssm'));

/** `undefined` when there is nothing to compare: only one side was read, or the two may not be of one machine. */
function driftOf({ node, readings }: NodeRead): readonly Drift[] | undefined {
  const by = (via: Via) => readings.find((each) => each.via === via);
  const running = by('direct') ?? by('configz') ?? by('tls');
  const afterRestart = by('ssm');
  return running && afterRestart && node.distrust === undefined ? drift(running, afterRestart, node) : undefined;
}

/** A cluster-wide fault is reported once, however many nodes ran into it. */
export const distinct = (problems: readonly Problem[]): readonly Problem[] => [
  ...new Map(problems.map((each) => [`${each.code} ${each.message}`, each])).values(),
];

const notActive = ({ name, status }: Cluster): Problem => ({
  code: 'cluster-not-active',
  message: `cluster ${name} is ${status}, its nodes were not looked at`,
  remedy:
    status === 'FAILED'
      ? 'see why (its `health` in aws eks describe-cluster), and delete it if it cannot be fixed'
      : 'nothing, if it is being deleted; else audit it again when it is ACTIVE',
});
