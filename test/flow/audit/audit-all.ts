import type { ClusterAudit, Problem } from '../../../lambda/core/model/model.ts';
import { auditClusters } from '../../../lambda/flow/audit/audit-clusters.ts';

/** Everything that the audit yields, taken at once. */
export async function auditAll(
  ...given: Parameters<typeof auditClusters>
): Promise<{ readonly clusters: readonly ClusterAudit[]; readonly problems: readonly Problem[] }> {
  const results = await Array.fromAsync(auditClusters(...given));

  return {
    clusters: results.flatMap((each) => (each.ok ? [each.value] : [])),
    problems: results.flatMap((each) => (each.ok ? [] : [each.error])),
  };
}
