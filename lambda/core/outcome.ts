import type { Audit, VerdictStatus } from './model.ts';

/** How many verdicts of each status an audit holds. */
export type Counts = Readonly<Record<VerdictStatus, number>>;

export function countVerdicts(audit: Pick<Audit, 'clusters'>): Counts {
  const counts = { pass: 0, fail: 0, warn: 0, unknown: 0, 'not-applicable': 0 };
  for (const verdict of audit.clusters.flatMap((cluster) =>
    cluster.nodes.flatMap((node) => Object.values(node.verdicts)),
  ))
    counts[verdict.status] += 1;
  return counts;
}

/**
 * The exit code of an audit: 0 all passed, 1 a control failed, 2 incomplete (something unknown, warned about, not listed or not published; nothing failed),
 * 3 nothing could be audited: no cluster was found, or the nodes of none could be listed.
 */
export function outcome(audit: Audit): 0 | 1 | 2 | 3 {
  const counts = countVerdicts(audit);
  const unpublished = audit.clusters.flatMap((each) => [
    ...(each.published?.rejected ?? []),
    ...(each.published?.notSent ?? []),
  ]);
  const problems = [...audit.problems, ...audit.clusters.flatMap((each) => each.problems), ...unpublished];

  if (problems.length > 0 && audit.clusters.every((each) => each.inventory.from === 'none')) return 3;
  if (counts.fail > 0) return 1;
  return counts.warn + counts.unknown + problems.length > 0 ? 2 : 0;
}
