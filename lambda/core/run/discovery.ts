import * as z from 'zod/mini';
import type { ProblemCode } from '../../contract/problem-codes.ts';
import { parseClusterArn } from '../model/cluster-arn.ts';
import { type ClusterArn, problem } from '../model/model.ts';
import type { Model } from '../model/node-facts.ts';
import { place, type RunItem } from './item.ts';

export const count = z.int().check(z.nonnegative());

/** A part of the scope that was not audited, and why. An absent field was not narrowed down: an account without a Region is the whole account. */
export const gap = z.looseObject({
  accountId: z.exactOptional(z.string()),
  region: z.exactOptional(z.string()),
  cluster: z.exactOptional(z.string()),
  /** `managed workers` */
  nodeGroup: z.exactOptional(z.string()),
  /** Machines in it; absent for a gap that is not about machines. */
  size: z.exactOptional(count),
  /** AWS confirms one of them at least: nobody makes such a gap with Node objects alone. */
  confirmed: z.exactOptional(z.literal(true)),
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
  regions: count,
  items: count,
  gaps: z.array(knownGap),
  /**
   * What was left out on purpose, by settings, policy or state: suspended accounts, Regions that a service control policy denies. Also each cluster
   * that was audited before and is excluded now (`excludedCode`). These are no gaps.
   */
  skipped: z.array(knownGap),
  /** Account-Regions that are no items: their list ended empty, and nothing there can be out of date. Sweeps look there. An earlier release has none. */
  empty: z.exactOptional(z.array(z.object(place))),
});
type DiscoveryHead = Model<typeof discoveryHead>;

export interface Discovery extends Omit<DiscoveryHead, 'items'> {
  /** One for each cluster and one for each account-Region, but the empty ones; shuffled so that no account's rates are hit by all at once. */
  readonly items: readonly RunItem[];
}

/** The clusters that a person named. */
export interface WantedClusters {
  /** Whether every cluster is wanted, because none was named. */
  readonly all: boolean;
  /** The Regions of an account that are worth looking into: the configured ones, when there are any, and when every name is an ARN only theirs. */
  regionsOf(accountId: string, configured: readonly string[]): readonly string[] | 'any';
  has(item: RunItem): boolean;
  /** The names that match no item. */
  missingFrom(items: readonly RunItem[]): readonly (string | ClusterArn)[];
}

export function wantedClusters(names: readonly string[]): WantedClusters {
  const wanted = [...new Set(names)].map((name) => parseClusterArn(name) ?? name);
  const arns = wanted.filter((each) => typeof each !== 'string');
  const byArnOnly = arns.length > 0 && arns.length === wanted.length;

  return {
    all: wanted.length === 0,
    regionsOf(accountId, configured) {
      const all = configured.length === 0;
      if (!byArnOnly) return all ? 'any' : [...new Set(configured)];
      const named = new Set(arns.filter((arn) => arn.accountId === accountId).map((arn) => arn.region));
      return [...named].filter((region) => all || configured.includes(region));
    },
    has: (item) => wanted.length === 0 || wanted.some((each) => isOf(each, item)),
    missingFrom: (items) => wanted.filter((each) => !items.some((item) => isOf(each, item))),
  };
}

const isOf = (wanted: string | ClusterArn, item: RunItem): boolean => {
  if (item.kind !== 'cluster') return false;
  if (typeof wanted === 'string') return item.cluster === wanted;
  return item.accountId === wanted.accountId && item.region === wanted.region && item.cluster === wanted.name;
};
