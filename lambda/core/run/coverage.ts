import * as z from 'zod/mini';
import type { Model } from '../model/node-facts.ts';
import { count, type Discovery, gap } from './discovery.ts';

export const text = z.string().check(z.maxLength(16_384));
const ofCluster = { accountId: text, region: text, cluster: text };

/** What AWS does not confirm. The first 20 names are kept. */
export const claimedNodes = z.looseObject({
  /** Nodes that only say what they are. */
  nodes: count,
  named: z.array(text),
  /** Node groups that only Node objects or tags name. */
  groups: z.optional(count),
  groupsNamed: z.optional(z.array(text)),
});
export type ClaimedNodes = Model<typeof claimedNodes>;

/** The next nodes of node groups: all, those that fail a control without a waiver, and those of which nothing is known. */
export const nextNodeCounts = z.looseObject({
  groups: count,
  failing: count,
  unknown: count,
  /** Node groups whose next node is unknown, each with the reason; the first 20. */
  named: z.array(text),
});

/** How much of what there is was looked at. */
export const coverage = z.looseObject({
  accounts: count,
  regions: count,
  clusters: z.looseObject({ found: count, audited: count, gone: count, failed: count }),
  nodes: count,
  unreadableNodes: count,
  /** Not counted among the unreadable ones: they are younger than 15 minutes, or on their way up or down. */
  bootingNodes: count,
  /** Running machines with a cluster's tags on which SSM found no kubelet. */
  machinesWithoutKubelet: count,
  /** Failures and warnings without a waiver that are suppressed in Security Hub. Absent where there is none. */
  suppressed: z.exactOptional(count),
  /** Node objects behind which AWS shows no machine. Absent where there is none. */
  claimedNodes: z.exactOptional(count),
  /** By cluster, in the order of their names. */
  claims: z.exactOptional(z.array(z.extend(claimedNodes, ofCluster))),
  /** By cluster, where launch templates were looked at. What is unknown there is no gap. */
  nextNodes: z.exactOptional(z.array(z.extend(nextNodeCounts, ofCluster))),
  failedItems: count,
  /** No gap, no failed item and no unreadable node. */
  complete: z.boolean(),
  /** What could not be listed, then what could not be audited, by item. */
  gaps: z.array(gap),
  skipped: z.array(gap),
});
export type Coverage = Model<typeof coverage>;

export type ItemTotals = Omit<Coverage, 'accounts' | 'regions' | 'complete' | 'skipped'>;

export function coverageOf(discovery: Discovery, looked: ItemTotals): Coverage {
  const gaps = [...discovery.gaps, ...looked.gaps];
  return {
    ...looked,
    accounts: discovery.accounts,
    regions: discovery.regions,
    complete: gaps.length + looked.failedItems + looked.unreadableNodes === 0,
    gaps,
    skipped: discovery.skipped,
  };
}
