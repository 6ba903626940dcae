import type { Counts } from '../outcome.ts';
import type { FindingCounts } from './answer.ts';
import type { Coverage } from './coverage.ts';

/** What a run costs, by listed prices: an estimate, not a bill. */
export interface CostEstimate {
  /** US dollars of us-east-1, free tiers left out. */
  readonly usd: number;
  readonly parts: Readonly<Record<'lambda' | 'stepFunctions' | 'securityHub' | 's3' | 'other', number>>;
}

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
  /** Of the gaps, those that the run before did not have. */
  readonly newGaps: number;
  /** Items by the code of a problem that they met: Security Hub that is off, events that were not sent. */
  readonly problems: Readonly<Record<string, number>>;
  readonly cost: CostEstimate;
}
