import type { RunSummary } from './summary.ts';

/** The metrics of a run, by name: dashboard and alarms know them. Few, and without dimensions: each combination of dimensions is paid for. */
const metrics = {
  RunsCompleted: () => 1,
  Complete: (run: RunSummary) => Number(run.complete),
  Gaps: (run: RunSummary) => run.gaps.length,
  FailedItems: (run: RunSummary) => run.failedItems,
  Accounts: (run: RunSummary) => run.accounts,
  Clusters: (run: RunSummary) => run.clusters.found,
  Nodes: (run: RunSummary) => run.nodes,
  UnreadableNodes: (run: RunSummary) => run.unreadableNodes,
  VerdictsPass: (run: RunSummary) => run.verdicts.pass,
  VerdictsFail: (run: RunSummary) => run.verdicts.fail,
  VerdictsWarn: (run: RunSummary) => run.verdicts.warn,
  VerdictsUnknown: (run: RunSummary) => run.verdicts.unknown,
  FindingsChanged: ({ findings }: RunSummary) =>
    findings.created + findings.updated + findings.reopened + findings.archived,
  DurationSeconds: (run: RunSummary) => (Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000,
  EstimatedCostUsd: (run: RunSummary) => run.cost.usd,
} as const;

export const metricNames = Object.keys(metrics) as readonly (keyof typeof metrics)[];

export const metricsOf = (run: RunSummary): Readonly<Record<string, number>> =>
  Object.fromEntries(metricNames.map((name) => [name, metrics[name](run)]));
