import type { Counts } from '../outcome.ts';
import type { FindingCounts } from './answer.ts';
import type { Gap } from './discovery.ts';

/** What a run costs, by listed prices: an estimate, not a bill. */
export interface CostEstimate {
  /** US dollars of us-east-1, free tiers left out. */
  readonly usd: number;
  readonly parts: Readonly<Record<'lambda' | 'stepFunctions' | 'securityHub' | 's3' | 'other', number>>;
}

/** A whole run in numbers, and every gap by name. */
export interface RunSummary {
  readonly schemaVersion: 1;
  readonly runId: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly benchmark: string;
  readonly accounts: number;
  readonly regions: number;
  readonly clusters: {
    readonly found: number;
    readonly audited: number;
    readonly gone: number;
    readonly failed: number;
  };
  readonly nodes: number;
  readonly unreadableNodes: number;
  readonly verdicts: Counts;
  readonly controls: Readonly<Record<string, Counts>>;
  readonly findings: FindingCounts;
  /** No gap, no failed item and no unreadable node. */
  readonly complete: boolean;
  readonly gaps: readonly Gap[];
  readonly skipped: readonly Gap[];
  /** Items without an answer, or with a failed one: to be run again. Also gaps. */
  readonly failedItems: number;
  /** Items by the code of a problem that they met: Security Hub that is off, events that were not sent. */
  readonly problems: Readonly<Record<string, number>>;
  readonly cost: CostEstimate;
}
