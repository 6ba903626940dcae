import { hasCode } from '../../contract/problem-codes.ts';
import type { ReconciledAudit } from '../../core/findings/lifecycle/reconcile.ts';
import { isOpenFailure } from '../../core/findings/lifecycle/sweep-memory.ts';
import { accessOf } from '../../core/judge/access.ts';
import { type Control, isOfCluster } from '../../core/judge/control.ts';
import { drift } from '../../core/judge/drift.ts';
import { evaluate } from '../../core/judge/evaluate.ts';
import { applyWaivers, withWaiver } from '../../core/judge/waivers/apply-waivers.ts';
import type { Waiver } from '../../core/judge/waivers/waiver.ts';
import type { ListedNode } from '../../core/model/listed-node.ts';
import type {
  Cluster,
  ClusterAudit,
  ClusterNode,
  Drift,
  Instance,
  NodeAudit,
  NodeGroup,
  Problem,
  Via,
} from '../../core/model/model.ts';
import { ok, type Result } from '../../core/model/result.ts';
import { type SharedParts, sharedNodes, sharedParts } from '../../core/model/shared-parts.ts';
import { howMany } from '../../core/model/text/how-many.ts';
import { isAlive } from '../../core/read/inventory/gone.ts';
import { isClaimElsewhere, isContested, joinInventory } from '../../core/read/inventory/inventory.ts';
import { claimsManagedGroup } from '../../core/read/inventory/managed-groups.ts';
import { wantedInstances } from '../../core/read/inventory/wanted-instances.ts';
import { advised } from '../../core/read/kubelet/configz/advice.ts';
import { problemOf } from '../problem-of.ts';
import { signalUntil } from '../signal-until.ts';
import type { AuditOptions } from './audit-options.ts';
import { judgeCluster } from './judge-cluster.ts';
import { type JudgedNextNodes, judgeNextNodes } from './judge-next-nodes.ts';
import type { AuditPorts } from './ports.ts';
import { publishFindings } from './publish-findings.ts';
import { isGone, type NodeRead, type ReadKubeletsOptions, readingOf, readKubelets } from './read-kubelets.ts';

/** One cluster: list its nodes, read their kubelets source by source, judge them, publish. What cannot be read is said, never guessed. */
export async function auditCluster(
  ports: AuditPorts,
  cluster: Cluster,
  options: AuditOptions & { readonly signal: AbortSignal },
): Promise<ClusterAudit> {
  try {
    const listed = await listCluster(ports, cluster, options);
    const shared = sharedParts();
    const read = await readNodes(ports, { ...options, ...listed, shared });
    return await judgeRead(ports, { ...listed, ...read, shared }, options);
  } finally {
    // The connections to a thousand clusters would not fit.
    ports.release(cluster);
  }
}

/** What is known of a cluster before its kubelets are read. */
export interface ListedCluster extends Pick<ClusterAudit, 'cluster' | 'auditedAt' | 'inventory' | 'clusterVerdicts'> {
  readonly nodes: readonly ClusterNode[];
  /** Keys of the nodes that the last run did not reach: they are read first. */
  readonly first: readonly string[];
  readonly next: JudgedNextNodes;
  readonly problems: readonly Problem[];
}

/** What the node groups of a cluster would launch next. */
export const nextNodesOf = (
  ports: AuditPorts,
  { cluster, auditedAt }: Pick<ListedCluster, 'cluster' | 'auditedAt'>,
  { controls, signal }: Pick<AuditOptions, 'controls'> & { readonly signal: AbortSignal },
): Promise<JudgedNextNodes> =>
  judgeNextNodes(ports, cluster, { controls, isActive: isActive(cluster), auditedAt, signal });

/** Lists the nodes, and judges the cluster itself. */
export async function listCluster(
  ports: AuditPorts,
  cluster: Cluster,
  options: AuditOptions & { readonly signal: AbortSignal },
): Promise<ListedCluster> {
  const auditedAt = ports.clock.now().toISOString();
  ports.progress.clusterStarted(cluster);

  const limited = signalUntil(ports.clock, options.signal, options.deadline);
  const [{ listed, nodes, first, ...inventory }, ofCluster, next] = await Promise.all([
    listNodes(ports, cluster, limited.signal),
    judgeCluster(ports, cluster, {
      controls: isActive(cluster) ? options.controls : [],
      waivers: options.waivers ?? [],
      now: options.runStartedAt ?? new Date(auditedAt),
      signal: limited.signal,
    }),
    nextNodesOf(ports, { cluster, auditedAt }, { ...options, signal: limited.signal }),
  ]).finally(limited.stop);
  ports.progress.nodesListed(cluster, nodes.length);

  const { clusterVerdicts } = ofCluster;
  const only = options.onlyNodes && new Set(options.onlyNodes);
  return {
    cluster,
    auditedAt,
    inventory: listed,
    nodes: only ? nodes.filter(({ key }) => only.has(key)) : nodes,
    first,
    next,
    ...(clusterVerdicts && { clusterVerdicts }),
    problems: [...inventory.problems, ...ofCluster.problems],
  };
}

/** What was read of a cluster's nodes, in the order of its inventory. */
export interface ReadCluster extends Omit<ListedCluster, 'nodes' | 'first'> {
  readonly read: readonly NodeRead[];
  /** What the sources say of the way in which it was read. */
  readonly notes: readonly Problem[];
  readonly shared: SharedParts;
}

/** Judges what was read, and publishes the findings. */
export async function judgeRead(
  ports: AuditPorts,
  { cluster, auditedAt, inventory, clusterVerdicts, next, ...cameOf }: ReadCluster,
  options: AuditOptions,
): Promise<ClusterAudit> {
  // By the run's one time: an item that is done again after midnight says the same.
  const waivedAt = options.runStartedAt ?? new Date(auditedAt);
  const { nodes, withoutKubelet, ...read } = judgeNodes(cameOf, { ...options, cluster, auditedAt });
  const notes = [...read.notes, ...withoutKubeletNote(withoutKubelet), ...next.notes];
  const met = [
    ...(cluster.tlsNotVerified ? [notVerified(cluster)] : []),
    ...cameOf.problems,
    ...next.problems,
    ...read.problems,
  ];
  const problems = distinct(met.map((each) => advised(each, cluster)));

  const judged = {
    cluster,
    auditedAt,
    inventory: { ...inventory, ...(withoutKubelet.length > 0 && { withoutKubelet }) },
    nodes,
    ...(next.nextNodes && { nextNodes: next.nextNodes }),
    ...(clusterVerdicts && { clusterVerdicts }),
    controls: { lookedAt: slugs(options.controls), leftOut: slugs(options.leftOut ?? []) },
    problems,
    ...(notes.length > 0 && { notes: notes.map((each) => advised(each, cluster)) }),
  };
  const audit = applyWaivers(judged, options.waivers ?? [], waivedAt);
  const published = options.publish ? await publishAudit(ports, audit, options) : audit;

  ports.progress.clusterFinished(published);
  return published;
}

const notVerified = ({ name }: Cluster): Problem => ({
  code: 'tls-not-verified',
  message: `the kubeconfig of cluster ${name} has insecure-skip-tls-verify: anybody on the way could have answered as its API server`,
  remedy:
    'put the CA of the cluster into the kubeconfig (certificate-authority-data), as aws eks update-kubeconfig does',
});

const slugs = (controls: readonly Control[]): readonly string[] => controls.map(({ slug }) => slug);

interface ReadNodesOptions extends AuditOptions {
  readonly cluster: Cluster;
  readonly nodes: readonly ClusterNode[];
  readonly auditedAt: string;
  readonly signal: AbortSignal;
}

type ReadPorts = Pick<AuditPorts, 'clock' | 'progress' | 'kubeletSources' | 'nodeList' | 'instanceLookup'>;

/** Reads and judges these nodes: an audit without its list. Those that left meanwhile are not in the answer. */
export async function auditNodes(ports: ReadPorts, options: ReadNodesOptions): Promise<Pick<ClusterAudit, 'nodes'>> {
  const shared = sharedParts();
  const read = await readNodes(ports, { ...options, shared });
  return judgeNodes({ ...read, shared }, options);
}

/** Reads the kubelets of these nodes. */
export async function readNodes(
  ports: ReadPorts,
  { auditedAt, ...options }: ReadNodesOptions & Pick<ReadKubeletsOptions, 'shared' | 'before' | 'first'>,
): Promise<Pick<ReadCluster, 'read' | 'notes'>> {
  const controls = ofNodes(options.controls);
  // Only the cluster itself is asked about: no kubelet has to be read for that.
  if (controls.length === 0 && options.controls.length > 0) return { read: [], notes: [] };

  return {
    read: await readKubelets(ports, { ...options, controls, now: new Date(auditedAt) }),
    notes: ports.kubeletSources.flatMap((source) => source.notes?.(options.cluster) ?? []),
  };
}

/** The controls about nodes. */
export const ofNodes = (controls: readonly Control[]): readonly Control[] =>
  controls.filter((each) => !isOfCluster(each));

interface NodesJudged extends Required<Pick<ClusterAudit, 'nodes' | 'problems' | 'notes'>> {
  readonly withoutKubelet: readonly ClusterNode[];
}

/** Nodes that left meanwhile are in no part of it, and machines without a kubelet not among the nodes. */
function judgeNodes(
  { read, notes, shared }: Pick<ReadCluster, 'read' | 'notes' | 'shared'>,
  { cluster, controls, waivers = [], auditedAt, runStartedAt }: Omit<ReadNodesOptions, 'nodes' | 'signal'>,
): NodesJudged {
  const now = new Date(auditedAt);
  const judging = { cluster, now, waivers, waivedAt: runStartedAt ?? now, shared };
  const met = problemsMet(read);
  return {
    nodes: read.flatMap((each) => judge(each, ofNodes(controls), judging)),
    withoutKubelet: read.filter(isNoNode).map(({ node }) => node),
    problems: met.problems,
    notes: [...met.notes, ...notes],
  };
}

/** The problem of a source with narrow rights that sends no token which could do more. This is by design if another source reads those nodes. */
const standsAside = hasCode('token-too-broad');

function problemsMet(read: readonly NodeRead[]): Required<Pick<ClusterAudit, 'problems' | 'notes'>> {
  const met = read.flatMap(({ failures, readings }) =>
    failures.flatMap(({ problem }) => (problem ? [{ problem, isRead: readings.length > 0 }] : [])),
  );
  const served = met.filter(({ problem }) => standsAside(problem)).every(({ isRead }) => isRead);
  const isNote = (problem: Problem) => served && standsAside(problem);
  const all = distinct(met.map(({ problem }) => problem));
  return { problems: all.filter((each) => !isNote(each)), notes: all.filter(isNote) };
}

/** What was found is kept, even if publishing its findings fails. */
export async function publishAudit<Audit extends ReconciledAudit & Pick<ClusterAudit, 'problems'>>(
  ports: Pick<AuditPorts, 'clock' | 'findings' | 'memory' | 'log'>,
  audit: Audit,
  options: AuditOptions,
): Promise<Audit & Pick<ClusterAudit, 'published' | 'suppressed' | 'transitions' | 'problems'>> {
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
  readonly first: readonly string[];
  readonly problems: readonly Problem[];
}

const isActive = ({ status }: Cluster): boolean => !status || ['ACTIVE', 'UPDATING'].includes(status);

/** The API server's list and AWS's instances, joined; either alone when the other is not available. */
async function listNodes(ports: AuditPorts, cluster: Cluster, signal: AbortSignal): Promise<Inventory> {
  if (!isActive(cluster)) {
    return { listed: { from: 'none', complete: false }, nodes: [], first: [], problems: [notActive(cluster)] };
  }

  const [listed, ...found] = await Promise.all([
    ports.nodeList?.nodes(cluster, signal),
    ...ports.instanceDirectories.map((directory) => directory.instances(cluster, signal)),
  ]);
  const instances = allOf(found);
  const { remembered, first, swept } = await rememberedOf(ports, cluster);
  const lookup = instances && (await lookUp(ports, cluster, { listed, instances, remembered, signal }));
  const known = [...(instances ?? []), ...(lookup?.ok ? lookup.value : [])];
  const managed = claimsManagedGroup(known) ? await ports.managedGroups?.autoScalingGroups(cluster, signal) : undefined;
  const problems = [listed, ...found, lookup, managed].flatMap((each) => (each && !each.ok ? [each.error] : []));

  const joined = joinInventory(cluster, {
    ...(listed?.ok && { listed: listed.value }),
    ...(instances && { instances }),
    ...(lookup?.ok && { found: lookup.value }),
    remembered,
    ...(managed && { managed }),
    now: ports.clock.now(),
  });
  const claims = joined.filter(isClaimElsewhere);
  const contested = joined.filter(isContested);
  const nodes = joined.filter((each) => !claims.includes(each) && !contested.includes(each));
  // The names of groups are then what Node objects say.
  const isClaimed = found.length > 0 && !instances;
  // Of those that the tags don't show EC2 was asked by id.
  const alive = new Set(known.flatMap((each) => (isAlive(each) ? [each.id] : [])));
  const sweptAndGone =
    instances && ports.instanceLookup && lookup?.ok !== false ? swept.filter((id) => !alive.has(id)) : [];
  const terminated = (instances ?? []).flatMap((each) => (each.state === 'terminated' ? [each.id] : []));
  return {
    listed: {
      from: listed?.ok ? 'kubernetes' : instances ? 'tags' : 'none',
      complete: listed?.ok ?? false,
      // An Auto Scaling group looks gone when AWS did not say whose machines these are; a managed node group when its machines are tagged as another's.
      ...((isClaimed || managed?.ok === false || lookup?.ok === false) && { machinesUnknown: true }),
      ...(terminated.length > 0 && { terminated }),
      ...(sweptAndGone.length > 0 && { sweptAndGone }),
      ...(claims.length > 0 && { claims }),
      ...(contested.length > 0 && { contested }),
    },
    nodes: sharedNodes(isClaimed ? nodes.map((node) => ({ groupUnconfirmed: machinesUnsaid, ...node })) : nodes),
    first,
    problems,
  };
}

/**
 * The instances that the tags don't show, and that Node objects or the last run name: tags can be taken off a machine. Without the cluster's VPC
 * nothing says which of them are the cluster's, so EC2 is asked about remembered ones only.
 */
async function lookUp(
  { instanceLookup }: Pick<AuditPorts, 'instanceLookup'>,
  cluster: Cluster,
  { listed, instances, remembered, signal }: LookUpOptions,
): Promise<Result<readonly Instance[], Problem> | undefined> {
  const isVpcKnown = cluster.network?.vpcId !== undefined;
  const nodes = listed?.ok && isVpcKnown ? listed.value : [];
  const wanted = wantedInstances(nodes, instances, remembered.keys());
  if (!instanceLookup || (!wanted && !isVpcKnown)) return undefined;
  return wanted ? await instanceLookup.find(cluster, wanted, signal) : ok([]);
}

interface LookUpOptions {
  readonly listed: Result<readonly ListedNode[], Problem> | undefined;
  readonly instances: readonly Instance[];
  readonly remembered: ReadonlyMap<string, NodeGroup>;
  readonly signal: AbortSignal;
}

interface RememberedNodes {
  /** Machines that failed in the last run. */
  readonly remembered: ReadonlyMap<string, NodeGroup>;
  readonly first: readonly string[];
  /** Machines of failures that only sweeps saw. */
  readonly swept: readonly string[];
}

/** A memory that can't be read stops the publishing of findings, and nothing is gone then. */
async function rememberedOf(
  { memory, log }: Pick<AuditPorts, 'memory' | 'log'>,
  { arn }: Cluster,
): Promise<RememberedNodes> {
  const nothing = { remembered: new Map(), first: [], swept: [] };
  if (!memory || !arn) return nothing;

  try {
    const { machines = {}, unreached = [], findings = {} } = (await memory.read(arn, arn.name)).value ?? {};
    const swept = Object.values(findings).flatMap((each) => (isOpenFailure(each) ? (each.swept?.machines ?? []) : []));
    return { remembered: new Map(Object.entries(machines)), first: unreached, swept: [...new Set(swept)] };
  } catch (error) {
    problemOf(log, error, `reading what the last run left of cluster ${arn.name}`);
    return nothing;
  }
}

const machinesUnsaid = 'AWS did not say whose machines these are';

/** `undefined` when AWS was not asked or gave only a partial answer: an incomplete list confirms no machine. */
function allOf(found: readonly Result<readonly Instance[], Problem>[]): readonly Instance[] | undefined {
  const answered = found.flatMap((each) => (each.ok ? [each.value] : []));
  return answered.length > 0 && answered.length === found.length ? answered.flat() : undefined;
}

/** A node that left after it was listed is no node any more. */
function judge(
  read: NodeRead,
  controls: readonly Control[],
  { cluster, now, waivers, waivedAt, shared }: JudgeOptions,
): readonly NodeAudit[] {
  if (isGone(read) || isNoNode(read)) return [];

  const drifted = driftOf(read);
  const reading = readingOf(read);
  const verdicts = new Map(controls.map((control) => [control.slug, evaluate(control, reading, { cluster, now })]));
  const place = { cluster, node: read.node, waivers, now: waivedAt };
  return [
    {
      ...reading,
      ...(drifted && { drift: drifted }),
      verdicts: shared.verdicts(verdicts),
      access: shared.access(
        accessOf((control) =>
          withWaiver(verdicts.get(control.slug) ?? evaluate(control, reading, { cluster, now }), {
            ...place,
            control: control.slug,
          }),
        ),
      ),
    },
  ];
}

interface JudgeOptions {
  readonly cluster: Cluster;
  readonly now: Date;
  readonly waivers: readonly Waiver[];
  readonly waivedAt: Date;
  readonly shared: SharedParts;
}

/** A machine with the cluster's tags that no API server lists and on which no kubelet runs: a bastion, or one that never became a node. */
const isNoNode = ({ node, readings, failures }: NodeRead): boolean =>
  node.unlisted === true && readings.length === 0 && failures.some((failure) => failure.noKubelet);

function withoutKubeletNote(machines: readonly ClusterNode[]): readonly Problem[] {
  if (machines.length === 0) return [];

  const named = machines.slice(0, 5).map(({ key }) => key);
  const more = machines.length > named.length ? `, and ${machines.length - named.length} more` : '';
  return [
    {
      code: 'machines-without-kubelet',
      message: `${howMany(machines.length, 'running machine')} with the cluster's tags that its API server does not list, and on which SSM found no kubelet: ${named.join(', ')}${more}`,
      remedy: 'take the tags off what is no node: while it is there, no failure of its node group ends',
    },
  ];
}

/** `undefined` when there is nothing to compare: only one side was read, or the two may not be of one machine. */
function driftOf({ node, readings }: NodeRead): readonly Drift[] | undefined {
  const by = (via: Via) => readings.find((each) => each.via === via);
  const running = by('direct') ?? by('configz') ?? by('tls');
  const afterRestart = by('ssm');
  return running && afterRestart && node.distrust === undefined ? drift(running, afterRestart, node) : undefined;
}

/** A cluster-wide fault is reported once, for any number of nodes. */
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
