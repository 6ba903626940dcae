import { pMapIterable } from 'p-map';
import type { ReconciledAudit } from '../../core/findings/lifecycle/comparison.ts';
import type { Control } from '../../core/judge/control.ts';
import { versionNotes } from '../../core/judge/eks-support.ts';
import { applyWaivers } from '../../core/judge/waivers/apply-waivers.ts';
import type { Cluster, ClusterAudit, ClusterNode, Problem } from '../../core/model/model.ts';
import { OperatorError } from '../../core/model/operator-error.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { type SharedParts, sharedParts } from '../../core/model/shared-parts.ts';
import { advised } from '../../core/read/kubelet/configz/advice.ts';
import { problemOf } from '../problem-of.ts';
import { distinct, judgeNodes, ofNodes, withoutKubeletNote } from './judge-nodes.ts';
import { type ListedCluster, listCluster } from './list-cluster.ts';
import type { AuditOptions, AuditPorts, Ports } from './ports.ts';
import { publishFindings } from './publish-findings.ts';
import { type ReadKubeletsOptions, readKubelets } from './read-kubelets.ts';
import type { NodeRead } from './still-there.ts';

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
  const notes = [
    ...versionNotes(cluster, waivedAt),
    ...read.notes,
    ...withoutKubeletNote(withoutKubelet),
    ...next.notes,
  ];
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

/** Clusters audited side by side: their API servers are independent, their account's SSM and Security Hub are not. */
const clustersAtOnce = 4;

/** The most clusters in memory: those that are being audited, and those that are done and not yet taken. */
const clustersInMemory = 8;

interface Request extends AuditOptions {
  /** The clusters to audit; all of the directory when empty. */
  readonly names: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Audits the clusters of the directory, in its order, as fast as they are taken. One that fails is a problem beside the others, and never stops them.
 * Throws `OperatorError` when nothing can be listed.
 */
export function auditClusters(ports: Ports, request: Request): AsyncIterable<Result<ClusterAudit, Problem>> {
  return pMapIterable(
    ports.clusters.clusters(request.names, (count) => ports.progress.clustersFound(count)),
    async (found: Result<Cluster, Problem>) => (found.ok ? await auditOne(ports, found.value, request) : found),
    { concurrency: clustersAtOnce, backpressure: clustersInMemory },
  );
}

async function auditOne(ports: Ports, cluster: Cluster, request: Request): Promise<Result<ClusterAudit, Problem>> {
  try {
    return ok(await auditCluster(ports, cluster, request));
  } catch (error) {
    return err(problemOf(ports.log, error, `the audit of cluster ${cluster.name}`));
  }
}

/**
 * The one cluster of this name or ARN.
 * @throws OperatorError when there is none, or it cannot be described
 */
export async function clusterCalled({ clusters }: Pick<Ports, 'clusters'>, wanted: string): Promise<Cluster> {
  const found = await Array.fromAsync(clusters.clusters([wanted]));
  const candidates = found.flatMap((each) => (each.ok ? [each.value] : []));
  const [cluster] = candidates;
  const [problem] = found.flatMap((each) => (each.ok ? [] : [each.error]));

  if (!cluster) {
    const { code, message, remedy } = problem ?? { code: 'cluster-not-found', message: 'no cluster', remedy: '' };
    throw new OperatorError(code, `${message}; ${remedy}`);
  }
  return cluster;
}
