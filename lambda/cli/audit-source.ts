import { hasCode } from '../contract/problem-codes.ts';
import type { ClusterAudit, Problem } from '../core/model/model.ts';
import { ok, type Result } from '../core/model/result.ts';
import type { ItemAnswer } from '../core/run/answer.ts';
import { type Coverage, coverageOf } from '../core/run/coverage.ts';
import { totalsOf } from '../core/run/tally.ts';
import { auditClusters } from '../flow/audit/audit-clusters.ts';
import type { Ports } from '../flow/audit/ports.ts';
import { auditItems, type ItemOptions, type ItemResult } from '../flow/run/audit-item.ts';
import { discover } from '../flow/run/discover.ts';
import type { RunPorts } from '../flow/run/ports.ts';

/** What is audited, cluster by cluster as it is done, over any way to the clusters. */
export interface AuditSource {
  readonly results: AsyncIterable<Result<ClusterAudit, Problem>>;
  /** The coverage of a run over accounts, once all results were taken. */
  readonly coverage: () => Coverage | undefined;
}

/** The clusters of the caller's own account, or of a kubeconfig or a proxy. */
export const ownClusters = (
  ports: Ports,
  { names, ...options }: ItemOptions & { readonly names: readonly string[] },
): AuditSource => ({ results: auditClusters(ports, { ...options, names }), coverage: () => undefined });

interface OwnedClusterOptions {
  readonly regions: readonly string[];
  readonly names: readonly string[];
}

/** The clusters of many accounts: the steps of the state machine in one process. Throws `OperatorError` when no account can be listed. */
export async function clustersOfAccounts(
  ports: RunPorts,
  options: ItemOptions & { readonly runId: string },
  wanted: OwnedClusterOptions,
): Promise<AuditSource> {
  const { runId, runStartedAt, signal } = options;
  const discovery = await discover(ports, {
    ...wanted,
    runId,
    startedAt: runStartedAt.toISOString(),
    signal,
  });

  const answers: ItemAnswer[] = [];
  return {
    results: resultsOf(auditItems(ports, discovery, options), ({ answer }) => answers.push(answer)),
    coverage: () => {
      const coverage = coverageOf(discovery, totalsOf(discovery.items, answers).looked);
      if (!signal.aborted) return coverage;
      // The person who interrupts knows that the rest was not audited, so the number is enough.
      return { ...coverage, gaps: coverage.gaps.filter(({ problem }) => !isUntouched(problem)) };
    },
  };
}

const isUntouched = hasCode('not-audited');

/** A cluster that could not be described is a gap of the coverage, which names it. */
async function* resultsOf(
  items: AsyncIterable<ItemResult>,
  count: (result: ItemResult) => void,
): AsyncGenerator<Result<ClusterAudit, Problem>> {
  for await (const item of items) {
    count(item);
    if (item.audit) yield ok(item.audit);
  }
}
