import type { ProblemCode } from '../../contract/problem-codes.ts';
import type { Problem } from '../model/model.ts';
import type { RunItem } from './item.ts';

/** A part of the scope that was not audited, and why. An absent field was not narrowed down: an account without a Region is the whole account. */
export interface Gap {
  readonly accountId?: string;
  readonly region?: string;
  readonly cluster?: string;
  /** `managed workers` */
  readonly nodeGroup?: string;
  readonly problem: Problem;
}

/** Code for a remembered cluster that the settings now leave out: the person who excluded it knows. */
export const excludedCode = 'cluster-excluded' satisfies ProblemCode;

/** What there is to audit, and what could not be listed. */
export interface Discovery {
  readonly runId: string;
  /** ISO 8601: the run's one time, which its findings carry as `UpdatedAt`. */
  readonly startedAt: string;
  /** Accounts that were listed, and could be entered or not. */
  readonly accounts: number;
  /** Account-Regions whose clusters were listed. */
  readonly regions: number;
  /** One a cluster and one an account-Region, shuffled so that no account's rates are hit by all at once. */
  readonly items: readonly RunItem[];
  /** Parts of the scope that could not be audited. */
  readonly gaps: readonly Gap[];
  /**
   * What was left out on purpose, by settings, policy or state: suspended accounts, Regions that a service control policy denies. Also each cluster
   * that was audited before and is excluded now (`excludedCode`). These are no gaps.
   */
  readonly skipped: readonly Gap[];
}
