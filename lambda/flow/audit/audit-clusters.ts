import { pMapIterable } from 'p-map';
import type { Cluster, ClusterAudit, Problem } from '../../core/model/model.ts';
import { OperatorError } from '../../core/model/operator-error.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { problemOf } from '../problem-of.ts';
import { auditCluster } from './audit-cluster.ts';
import type { AuditOptions, Ports } from './ports.ts';

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
