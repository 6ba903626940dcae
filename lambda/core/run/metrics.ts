import { type RunMetric, runMetrics } from '../../contract/metrics.ts';
import type { RunSummary } from './summary.ts';

/** How each metric of a run is counted. */
const metrics: Readonly<Record<RunMetric, (run: RunSummary) => number>> = {
  RunsCompleted: () => 1,
  Gaps: (run) => run.gaps.length,
  NewGaps: (run) => run.newGaps,
  FailedItems: (run) => run.failedItems,
  Accounts: (run) => run.accounts,
  Clusters: (run) => run.clusters.found,
  Nodes: (run) => run.nodes,
  UnreadableNodes: (run) => run.unreadableNodes,
  VerdictsPass: (run) => run.verdicts.pass,
  VerdictsFail: (run) => run.verdicts.fail,
  VerdictsWarn: (run) => run.verdicts.warn,
  VerdictsUnknown: (run) => run.verdicts.unknown,
  FindingsChanged: ({ findings }) => findings.created + findings.updated + findings.reopened + findings.archived,
  DurationSeconds: (run) => (Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000,
  EstimatedCostUsd: (run) => run.cost.usd,
};

export const metricsOf = (run: RunSummary): Readonly<Record<string, number>> =>
  Object.fromEntries(runMetrics.map((name) => [name, metrics[name](run)]));
