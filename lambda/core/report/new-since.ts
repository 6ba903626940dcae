import type { CensusHistory } from './history/census-history.ts';
import { type HistoryLine, lineName } from './history/history-line.ts';
import { compareRuns, type HistoryRun } from './history/posture-history.ts';
import { type ClusterPosture, groupName } from './posture.ts';
import type { RunEnd } from './report.ts';

/** The name that a report's own run has in its comparison. */
const ownRun = 'this report';

/**
 * Runs before this one in the order of their time, with this one at the end, and what is new since the last of them. Of a report of some clusters it is
 * only what the runs say of those. Nothing where no run of the history is older.
 */
export function sinceBefore(
  history: readonly HistoryRun[],
  clusters: readonly ClusterPosture[],
  { run, census }: { readonly run: RunEnd; readonly census?: CensusHistory | undefined },
) {
  const now = historyRunOf(clusters, run);
  const known = (one: HistoryRun): HistoryRun =>
    run.coverage ? one : { ...one, clusters: new Map([...one.clusters].filter(([name]) => now.clusters.has(name))) };
  const before = history.filter(({ startedAt }) => startedAt < run.startedAt).map(known);
  const last = before.at(-1);
  // A report of some clusters shows what sweeps saw of those.
  const failures = census?.failures.filter(({ cluster }) => run.coverage || now.clusters.has(cluster));
  return last && { runs: [...before, now], compared: compareRuns(last, now, failures) };
}

/** This run as the history would keep it. */
function historyRunOf(clusters: readonly ClusterPosture[], { startedAt, coverage }: RunEnd): HistoryRun {
  const lines = clusters.flatMap(({ cluster, inventory, nodes, unread, open }): readonly HistoryLine[] => {
    const { arn } = cluster;
    if (!arn) return [];
    const groups = open.flatMap(({ control, group, standing, counts }) =>
      standing === 'pass' || standing === 'not-applicable'
        ? []
        : [{ control: control.slug, group: groupName(group), standing, nodes: counts[standing] }],
    );
    return [
      {
        schemaVersion: 1,
        run: ownRun,
        startedAt,
        account: arn.accountId,
        region: arn.region,
        cluster: arn.name,
        status: 'done',
        complete: inventory.complete,
        nodes,
        unreadable: unread,
        open: groups,
        moreOpen: 0,
        runGaps: coverage?.gaps.length ?? 0,
      },
    ];
  });
  return { run: ownRun, startedAt, clusters: new Map(lines.map((line) => [lineName(line), line])) };
}
