import type { ClusterAudit, Problem } from '../core/model.ts';
import type { Ports, RunPorts } from '../core/ports.ts';
import { ok, type Result } from '../core/result.ts';
import { type Coverage, coverageOf } from '../core/run/coverage.ts';
import type { Gap } from '../core/run/discovery.ts';
import { RunTally } from '../core/run/tally.ts';
import { auditClusters } from '../flow/audit-clusters.ts';
import type { ItemOptions, ItemResult } from '../flow/audit-item.ts';
import { auditItems } from '../flow/audit-items.ts';
import { discover } from '../flow/discover.ts';

/** What is audited, cluster by cluster as it is done, whatever the way to the clusters. */
export interface AuditSource {
  readonly results: AsyncIterable<Result<ClusterAudit, Problem>>;
  /** Of a run over accounts, when all results were taken. */
  readonly coverage: () => Coverage | undefined;
}

/** The clusters of the caller's own account, or of a kubeconfig or a proxy. */
export const ownClusters = (
  ports: Ports,
  { names, ...options }: ItemOptions & { readonly names: readonly string[] },
): AuditSource => ({ results: auditClusters(ports, { ...options, names }), coverage: () => undefined });

interface Wanted {
  readonly regions: readonly string[];
  readonly names: readonly string[];
  /** How many clusters were found, for a person who waits. */
  readonly onFound: (clusters: number) => void;
}

/** The clusters of many accounts: the steps of the state machine in one process. Throws `OperatorError` when no account can be listed. */
export async function clustersOfAccounts(
  ports: RunPorts,
  options: ItemOptions & { readonly runId: string },
  wanted: Wanted,
): Promise<AuditSource> {
  const { runId, runStartedAt, signal } = options;
  const discovery = await discover(ports, {
    ...wanted,
    runId,
    startedAt: runStartedAt.toISOString(),
    signal,
  });
  wanted.onFound(discovery.items.filter(({ kind }) => kind === 'cluster').length);

  const tally = new RunTally(discovery.items);
  const beside: Gap[] = [];
  return {
    results: resultsOf(auditItems(ports, discovery, options), (result) => {
      tally.add(result.answer);
      beside.push(...besideOf(result));
    }),
    coverage: () => {
      const { gaps, ...coverage } = coverageOf(discovery, tally.totals());
      // Who interrupts knows that the rest was not audited: the number says enough.
      const told = signal.aborted ? gaps.filter(({ problem }) => problem.code !== 'not-audited') : gaps;
      return { ...coverage, gaps: [...told, ...beside], complete: coverage.complete && beside.length === 0 };
    },
  };
}

/** A cluster that could not be described is a gap of the coverage, told by name there. */
async function* resultsOf(
  items: AsyncIterable<ItemResult>,
  count: (result: ItemResult) => void,
): AsyncGenerator<Result<ClusterAudit, Problem>> {
  for await (const item of items) {
    count(item);
    if (item.audit) yield ok(item.audit);
  }
}

/** What went wrong with an account's Region that was looked at: findings of gone clusters that are still there. What was left out of it is told already. */
function besideOf({ answer: { item, status, complete, problems }, published }: ItemResult): readonly Gap[] {
  if (item.kind !== 'region' || status !== 'done' || !complete) return [];

  const { accountId, region } = item;
  const left = (published?.rejected.length ?? 0) + (published?.notSent.length ?? 0);
  return [...problems, ...(left > 0 ? [notArchived(left)] : [])].map((problem) => ({ accountId, region, problem }));
}

const notArchived = (count: number): Problem => ({
  code: 'findings-not-archived',
  message: `${count} ${count === 1 ? 'finding' : 'findings'} of clusters that are gone could not be archived`,
  remedy: 'audit again: what is still there is archived then',
});
