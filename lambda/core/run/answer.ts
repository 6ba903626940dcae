import * as z from 'zod/mini';
import { statement } from '../findings/statement.ts';
import { type AccessState, stateOrder } from '../model/access-states.ts';
import { problem as looseProblem } from '../model/model.ts';
import { type Model, sha256 } from '../model/node-facts.ts';
import { openStatuses } from '../model/statuses.ts';
import { claimedNodes, nextNodeCounts, text } from './coverage.ts';
import { count } from './discovery.ts';
import { runItem } from './item.ts';

// What an item leaves in the bucket, as it is written and read back: anyone who can write to the bucket could have written it. Fields that this release
// does not know come from a newer one and are ignored: within a version fields are only added.

const problem = z.object(looseProblem.shape);
const ofEach = { pass: count, fail: count, warn: count, unknown: count, 'not-applicable': count };
const counts = z.object(ofEach);

export const findingCounts = z.object({
  created: count,
  updated: count,
  reopened: count,
  refreshed: count,
  archived: count,
  unchanged: count,
  rejected: count,
  notSent: count,
});
export type FindingCounts = Model<typeof findingCounts>;

/** Nodes of one group that could not be read for one reason. */
const nodeGroupGap = z.object({
  /** `managed workers`; empty for what is more than an answer names. */
  nodeGroup: text,
  size: z.exactOptional(count),
  confirmed: z.exactOptional(z.literal(true)),
  problem,
});
export type NodeGroupGap = Model<typeof nodeGroupGap>;

/** The worst first, at most 200; the rest is counted. */
const openGroups = z.object({
  groups: z.array(
    z.object({
      control: text,
      /** `workers (managed)` */
      group: text,
      /** The worst of its nodes. */
      standing: z.enum(openStatuses),
      nodes: count,
    }),
  ),
  more: count,
});
/** Each node group under each control that is no pass. */
export type OpenGroups = Model<typeof openGroups>;
export type OpenGroup = OpenGroups['groups'][number];

/** Nodes by state: they add up to all nodes. */
export const stateCounts = z.object(
  Object.fromEntries(stateOrder.map((state) => [state, count])) as Record<AccessState, typeof count>,
);

/** What one item came to: small, and enough to count a run. The full result is an object of its own. */
export const itemAnswer = z.object({
  item: runItem,
  /**
   * - `done`: audited; `problems` says which parts were not. Final: the item is not audited again in this run.
   * - `gone`: the cluster left between discovery and audit.
   * - `failed`: nothing of it was audited (not described, its nodes not listed), or the result could not be announced. `decisive` says why. The item is
   *   audited again when it comes again.
   */
  status: z.enum(['done', 'gone', 'failed']),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  /** The version of the cluster's control plane, `1.34`, where it was described. */
  kubernetes: z.exactOptional(text),
  nodes: count,
  /** Nodes that no source read, or whose reading cannot be trusted. */
  unreadableNodes: count,
  /** Nodes that could not be read and are no gap yet: their machine is younger than 15 minutes, or on its way up or down. */
  bootingNodes: count,
  /** Running machines with the cluster's tags on which SSM found no kubelet. They are no nodes, so they are no gap. */
  machinesWithoutKubelet: count,
  /** Failures and warnings without a waiver that are suppressed in the account's Security Hub. */
  suppressed: z.exactOptional(count),
  /** Failures that a waiver covers. Absent where there is none. */
  waived: z.exactOptional(count),
  /** Ids of the waivers that match something here; absent without waivers. */
  waiversMatched: z.exactOptional(z.array(text)),
  /** Node objects behind which AWS shows no machine: Fargate, hybrid nodes that SSM doesn't know, and objects of machines elsewhere. */
  claims: z.exactOptional(z.object(claimedNodes.shape)),
  /** What node groups launch next; absent where launch templates were not looked at. */
  nextNodes: z.exactOptional(z.object(nextNodeCounts.shape)),
  /** Machines with the tags of several clusters that this one's API server lists, by instance id; at most 200. */
  machinesOfSeveral: z.exactOptional(z.array(text)),
  gaps: z.array(nodeGroupGap),
  /**
   * Whether everything in scope was asked and answered:
   * - The nodes were listed by the API server, or by AWS's tags where the API server is no source.
   * - Where AWS was to be asked, it said which machines these are.
   * - Where findings are published, at least some of them could be sent to Security Hub.
   */
  complete: z.boolean(),
  verdicts: counts,
  /** Nodes by their state; absent in answers of earlier releases. */
  states: z.exactOptional(stateCounts),
  /** What is known of each node group and state, the most urgent 200. */
  statements: z.exactOptional(z.array(statement)),
  controls: z.record(text, counts),
  /** For a cluster: what is no pass; absent where everything passes. */
  open: z.exactOptional(openGroups),
  /** For a cluster: every node group that has findings, open or not, as `open` names them. Absent where there are too many. */
  groups: z.exactOptional(z.array(text)),
  goneClusters: z.exactOptional(z.array(text)),
  /** SHA-256 of the cluster's full result, unpacked. */
  resultSha256: z.exactOptional(sha256),
  findings: findingCounts,
  /** The first 20. */
  problems: z.array(problem),
  moreProblems: count,
  /** The problem that a failed or incomplete item is named by. Answers of earlier releases lack it: the first of their problems is the one. */
  decisive: z.exactOptional(problem),
});
export type ItemAnswer = Model<typeof itemAnswer>;

export const decisiveProblem = ({
  decisive,
  problems: [first],
}: Pick<ItemAnswer, 'decisive' | 'problems'>): ItemAnswer['problems'][number] | undefined => decisive ?? first;
