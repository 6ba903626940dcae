import * as z from 'zod/mini';
import type { ProblemCode } from '../../contract/problem-codes.ts';
import { problem } from '../model/model.ts';
import type { Model } from '../model/node-facts.ts';
import type { RunItem } from './item.ts';

export const count = z.int().check(z.nonnegative());

/** A part of the scope that was not audited, and why. An absent field was not narrowed down: an account without a Region is the whole account. */
export const gap = z.looseObject({
  accountId: z.exactOptional(z.string()),
  region: z.exactOptional(z.string()),
  cluster: z.exactOptional(z.string()),
  /** `managed workers` */
  nodeGroup: z.exactOptional(z.string()),
  problem,
});
export type Gap = Model<typeof gap>;

/** Code for a remembered cluster that the settings now leave out: the person who excluded it knows. */
export const excludedCode = 'cluster-excluded' satisfies ProblemCode;

const knownGap = z.object({ ...gap.shape, problem: z.object(problem.shape) });

/** A discovery as it is stored: its items have an object of their own, and `items` says how many those are. */
export const discoveryHead = z.object({
  runId: z.string(),
  /** ISO 8601: the run's one time, which its findings carry as `UpdatedAt`. */
  startedAt: z.iso.datetime(),
  /** Accounts that were listed, and could be entered or not. */
  accounts: count,
  /** Account-Regions whose clusters were listed. */
  regions: count,
  items: count,
  /** Parts of the scope that could not be audited. */
  gaps: z.array(knownGap),
  /**
   * What was left out on purpose, by settings, policy or state: suspended accounts, Regions that a service control policy denies. Also each cluster
   * that was audited before and is excluded now (`excludedCode`). These are no gaps.
   */
  skipped: z.array(knownGap),
});
type DiscoveryHead = Model<typeof discoveryHead>;

/** What there is to audit, and what could not be listed. */
export interface Discovery extends Omit<DiscoveryHead, 'items'> {
  /** One for each cluster and one for each account-Region, shuffled so that no account's rates are hit by all at once. */
  readonly items: readonly RunItem[];
}
