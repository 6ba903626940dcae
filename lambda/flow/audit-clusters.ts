import pMap from 'p-map';
import { errorText } from '../core/error-text.ts';
import type { Audit, Cluster, ClusterAudit, Problem } from '../core/model.ts';
import { OperatorError } from '../core/operator-error.ts';
import type { Ports } from '../core/ports.ts';
import { err, ok, type Result } from '../core/result.ts';
import { auditCluster } from './audit-cluster.ts';
import type { AuditOptions } from './audit-options.ts';

/** Clusters audited side by side: their API servers are independent, their account's SSM and Security Hub are not. */
const clustersAtOnce = 4;

interface Request extends AuditOptions {
  /** The clusters to audit; all of the directory when empty. */
  readonly names: readonly string[];
  readonly signal: AbortSignal;
}

/** Audits the clusters of the directory. One that fails is a problem of the audit, and never stops the others. */
export async function auditClusters(ports: Ports, request: Request): Promise<Audit> {
  const startedAt = ports.clock.now().toISOString();

  const results = await pMap(
    ports.clusters.clusters(request.names),
    async (found): Promise<Result<ClusterAudit, Problem>> =>
      found.ok ? await auditOne(ports, found.value, request) : found,
    { concurrency: clustersAtOnce },
  );

  return {
    startedAt,
    finishedAt: ports.clock.now().toISOString(),
    benchmark: request.benchmark,
    clusters: results.flatMap((each) => (each.ok ? [each.value] : [])),
    problems: results.flatMap((each) => (each.ok ? [] : [each.error])),
  };
}

async function auditOne(ports: Ports, cluster: Cluster, request: Request): Promise<Result<ClusterAudit, Problem>> {
  try {
    return ok(await auditCluster(ports, cluster, request));
  } catch (error) {
    const code = error instanceof OperatorError ? error.code : 'unexpected-error';
    ports.log.error('the audit of a cluster failed', { cluster: cluster.name, code, error });

    return err({
      code,
      message: `the audit of cluster ${cluster.name} failed: ${errorText(error)}`,
      remedy:
        error instanceof OperatorError
          ? 'mend what the message names, then audit this cluster again'
          : 'this is a defect of the program: report it with the log lines of this run',
    });
  }
}
