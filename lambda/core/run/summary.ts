import { type RunMetric, runMetrics } from '../../contract/metrics.ts';
import type { WaiverUse } from '../judge/waivers/waiver-use.ts';
import type { FindingCounts } from './answer.ts';
import type { Coverage } from './coverage.ts';
import type { Counts } from './outcome.ts';

/** A whole run in numbers, with its coverage: every gap by name. */
export interface RunSummary extends Coverage {
  readonly schemaVersion: 1;
  readonly runId: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly benchmark: string;
  readonly verdicts: Counts;
  readonly controls: Readonly<Record<string, Counts>>;
  readonly findings: FindingCounts;
  /** The gaps that the run before did not have. */
  readonly newGaps: number;
  /** Items by the code of a problem that they met: Security Hub that is off, events that were not sent. */
  readonly problems: Readonly<Record<string, number>>;
  /** Absent without waivers. */
  readonly waivers?: WaiverUse;
}

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
};

export const metricsOf = (run: RunSummary): Readonly<Record<string, number>> =>
  Object.fromEntries(runMetrics.map((name) => [name, metrics[name](run)]));
