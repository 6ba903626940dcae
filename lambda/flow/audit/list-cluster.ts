import { isOpenFailure } from '../../core/findings/lifecycle/sweep-memory.ts';
import type { Cluster, ClusterAudit, ClusterNode, Instance, Problem } from '../../core/model/model.ts';
import { ok, type Result } from '../../core/model/result.ts';
import { sharedNodes } from '../../core/model/shared-parts.ts';
import { hasEnded } from '../../core/read/inventory/gone.ts';
import { hybridGroup, isClaimElsewhere, isContested, joinInventory } from '../../core/read/inventory/inventory.ts';
import { claimsManagedGroup } from '../../core/read/inventory/managed-groups.ts';
import { wantedInstances } from '../../core/read/inventory/wanted-instances.ts';
import { problemOf } from '../problem-of.ts';
import { signalUntil } from '../signal-until.ts';
import { judgeCluster } from './judge-cluster.ts';
import { isActive, type JudgedNextNodes, nextNodesOf } from './judge-next-nodes.ts';
import type { AuditOptions, AuditPorts } from './ports.ts';

/** What is known of a cluster before its kubelets are read. */
export interface ListedCluster extends Pick<ClusterAudit, 'cluster' | 'auditedAt' | 'inventory' | 'clusterVerdicts'> {
  readonly nodes: readonly ClusterNode[];
  /** Keys of the nodes that the last run did not reach: they are read first. */
  readonly first: readonly string[];
  readonly next: JudgedNextNodes;
  readonly problems: readonly Problem[];
}

interface ListOptions extends AuditOptions {
  readonly signal: AbortSignal;
  /** What an earlier try of the same audit listed: it is looked for by its id. */
  readonly listedBefore?: readonly Pick<ClusterNode, 'key' | 'group'>[];
}

/** Lists the nodes, and judges the cluster itself. */
export async function listCluster(ports: AuditPorts, cluster: Cluster, options: ListOptions): Promise<ListedCluster> {
  const auditedAt = ports.clock.now().toISOString();
  ports.progress.clusterStarted(cluster);

  const limited = signalUntil(ports.clock, options.signal, options.deadline);
  const ofNodes = listNodes(ports, cluster, { ...options, signal: limited.signal });
  const [{ listed, nodes, first, ...inventory }, ofCluster, next] = await Promise.all([
    ofNodes,
    judgeCluster(ports, cluster, {
      controls: isActive(cluster) ? options.controls : [],
      waivers: options.waivers ?? [],
      now: options.runStartedAt ?? new Date(auditedAt),
      signal: limited.signal,
    }),
    ofNodes.then((found) =>
      nextNodesOf(ports, { cluster, auditedAt, nodes: found.nodes }, { ...options, signal: limited.signal }),
    ),
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

/** The API server's list and AWS's instances, joined; either alone when the other is not available. */
async function listNodes(
  ports: AuditPorts,
  cluster: Cluster,
  { signal, listedBefore = [] }: Pick<ListOptions, 'signal' | 'listedBefore'>,
) {
  if (!isActive(cluster))
    return { listed: { from: 'none', complete: false } as const, nodes: [], first: [], problems: [notActive(cluster)] };

  const answers = await askForNodes(ports, cluster, { signal, listedBefore });
  const { listed, instances, lookup, managed, remembered } = answers;
  const joined = joinInventory(cluster, {
    ...(listed?.ok && { listed: listed.value }),
    ...(instances && { instances }),
    ...(lookup?.ok && { found: lookup.value }),
    remembered: remembered.machines,
    hybrid: remembered.hybrid,
    listedBefore,
    ...(managed && { managed }),
    now: ports.clock.now(),
  });
  const claims = joined.filter(isClaimElsewhere);
  const contested = joined.filter(isContested);
  const nodes = joined.filter((each) => !claims.includes(each) && !contested.includes(each));
  // The names of groups are then what Node objects say.
  const isClaimed = ports.instanceDirectories.length > 0 && !instances;
  const inventory: ClusterAudit['inventory'] = {
    from: listed?.ok ? 'kubernetes' : instances ? 'tags' : 'none',
    complete: listed?.ok ?? false,
    // An Auto Scaling group looks gone when AWS did not say whose machines these are; a managed node group when its machines are tagged as another's.
    ...((isClaimed || managed?.ok === false || lookup?.ok === false) && { machinesUnknown: true }),
    ...goneMachines(ports, answers),
    ...(claims.length > 0 && { claims }),
    ...(contested.length > 0 && { contested }),
  };
  return {
    listed: inventory,
    nodes: sharedNodes(isClaimed ? nodes.map((node) => ({ groupUnconfirmed: machinesUnsaid, ...node })) : nodes),
    first: remembered.first,
    problems: answers.problems,
  };
}

type NodeAnswers = Awaited<ReturnType<typeof askForNodes>>;

/** What the API server, AWS and the hub's memory know of a cluster's nodes. */
async function askForNodes(
  ports: AuditPorts,
  cluster: Cluster,
  { signal, listedBefore }: Required<Pick<ListOptions, 'signal' | 'listedBefore'>>,
) {
  const [listed, ...found] = await Promise.all([
    ports.nodeList?.nodes(cluster, signal),
    ...ports.instanceDirectories.map((directory) => directory.instances(cluster, signal)),
  ]);
  const instances = allOf(found);
  const remembered = await rememberedOf(ports, cluster);
  // Those that the tags don't show; `undefined` when there was nothing to ask.
  const lookup = instances && (await lookUp(instances));
  const managed = claimsManagedGroup([...(instances ?? []), ...(lookup?.ok ? lookup.value : [])])
    ? await ports.managedGroups?.autoScalingGroups(cluster, signal)
    : undefined;
  const problems = [listed, ...found, lookup, managed].flatMap((each) => (each && !each.ok ? [each.error] : []));
  return { listed, instances, lookup, managed, remembered, problems };

  /**
   * The instances that the tags don't show, and that Node objects, the last run or an earlier try name: tags can be taken off a machine. Without the cluster's VPC
   * nothing says which of them are the cluster's, so EC2 is asked only about those that are known by id.
   */
  async function lookUp(tagged: readonly Instance[]): Promise<Result<readonly Instance[], Problem> | undefined> {
    const isVpcKnown = cluster.network?.vpcId !== undefined;
    const known = [...remembered.machines.keys(), ...listedBefore.map(({ key }) => key).filter(isMachineId)];
    const wanted = wantedInstances(listed?.ok && isVpcKnown ? listed.value : [], tagged, known);
    if (!ports.instanceLookup || (!wanted && !isVpcKnown)) return undefined;
    return wanted ? await ports.instanceLookup.find(cluster, wanted, signal) : ok([]);
  }
}

/** Machines that AWS says are terminated, and those of failures that only sweeps saw of which EC2, asked by id, shows none alive. */
function goneMachines(
  { instanceLookup }: Pick<AuditPorts, 'instanceLookup'>,
  { instances, lookup, remembered }: NodeAnswers,
): Pick<ClusterAudit['inventory'], 'terminated' | 'sweptAndGone'> {
  if (!instances) return {};

  const known = [...instances, ...(lookup?.ok ? lookup.value : [])];
  const alive = new Set(known.flatMap((each) => (hasEnded(each) ? [] : [each.id])));
  const sweptAndGone = instanceLookup && lookup?.ok !== false ? remembered.swept.filter((id) => !alive.has(id)) : [];
  const terminated = instances.flatMap((each) => (each.state === 'terminated' ? [each.id] : []));
  return { ...(terminated.length > 0 && { terminated }), ...(sweptAndGone.length > 0 && { sweptAndGone }) };
}

/** A memory that can't be read stops the publishing of findings, and nothing is gone then. */
async function rememberedOf({ memory, log }: Pick<AuditPorts, 'memory' | 'log'>, { name, arn }: Cluster) {
  const read =
    arn &&
    memory?.read(arn, arn.name).catch((error: unknown) => {
      problemOf(log, error, `reading what the last run left of cluster ${name}`);
      return undefined;
    });
  const { machines = {}, hybrid = [], unreached = [], findings = {} } = (await read)?.value ?? {};
  const swept = Object.values(findings).flatMap((each) => (isOpenFailure(each) ? (each.swept?.machines ?? []) : []));
  // What SSM manages is looked up by its id, as instances are.
  const managed = hybrid.filter(isMachineId).map((key) => [key, hybridGroup] as const);
  return {
    /** Machines that failed in the last run. */
    machines: new Map([...Object.entries(machines), ...managed]),
    /** Keys of hybrid nodes that failed then. */
    hybrid: new Set(hybrid),
    first: unreached,
    /** Machines of failures that only sweeps saw. */
    swept: [...new Set(swept)],
  };
}

/** Of EC2, or of what SSM manages. */
const isMachineId = (key: string): boolean => /^m?i-/.test(key);

const machinesUnsaid = 'AWS did not say whose machines these are';

/** `undefined` when AWS was not asked or gave only a partial answer: an incomplete list confirms no machine. */
function allOf(found: readonly Result<readonly Instance[], Problem>[]): readonly Instance[] | undefined {
  const answered = found.flatMap((each) => (each.ok ? [each.value] : []));
  return answered.length > 0 && answered.length === found.length ? answered.flat() : undefined;
}

const notActive = ({ name, status }: Cluster): Problem => ({
  code: 'cluster-not-active',
  message: `cluster ${name} is ${status}, its nodes were not looked at`,
  remedy:
    status === 'FAILED'
      ? 'see why (its `health` in aws eks describe-cluster), and delete it if it cannot be fixed'
      : 'do nothing if it is being deleted; otherwise audit it again when it is ACTIVE',
});
