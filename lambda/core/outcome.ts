import type { Audit, VerdictStatus } from './model.ts';

/** How many verdicts of each status an audit holds. */
export type Counts = Readonly<Record<VerdictStatus, number>>;

export function countVerdicts(audit: Pick<Audit, 'clusters'>): Counts {
  const counts = { pass: 0, fail: 0, warn: 0, unknown: 0, 'not-applicable': 0 };
  for (const verdict of audit.clusters.flatMap((cluster) => cluster.nodes.flatMap((node) => Object.values(node.verdicts)))) counts[verdict.status] += 1;
  return counts;
}

/**
 * The exit code of an audit: 0 all passed, 1 a control failed, 2 incomplete (something unknown, warned about, not listed or not published; nothing failed),
 * 3 no cluster could be audited at all.
 */
export function outcome(audit: Audit): 0 | 1 | 2 | 3 {
  const counts = countVerdicts(audit);
  const unpublished = audit.clusters.flatMap((each) => [...(each.published?.rejected ?? []), ...(each.published?.notSent ?? [])]);
  const problems = [...audit.problems, ...audit.clusters.flatMap((each) => each.problems), ...unpublished];

  if (audit.clusters.length === 0 && audit.problems.length > 0) return 3;
  if (counts.fail > 0) return 1;
  return counts.warn + counts.unknown + problems.length > 0 ? 2 : 0;
}
