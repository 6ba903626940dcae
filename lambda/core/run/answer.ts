import type { Problem } from '../model/model.ts';
import type { ChangeCounts } from '../model/published.ts';
import type { openStatuses } from '../model/statuses.ts';
import type { ClaimedNodes, NextNodeCounts } from './coverage.ts';
import type { FailingMachines } from './failing-machines.ts';
import type { RunItem } from './item.ts';
import type { AccessCounts, Counts } from './outcome.ts';

/** What became of the findings of one item, in numbers. */
export interface FindingCounts extends ChangeCounts {
  readonly rejected: number;
  readonly notSent: number;
}

/** Nodes of one group that could not be read for one reason. */
export interface NodeGroupGap {
  /** `managed workers`; empty for what is more than an answer names. */
  readonly nodeGroup: string;
  readonly problem: Problem;
}

/** One node group under one control that is no pass: the worst of its nodes, and how many are in that state. */
export interface OpenGroup {
  readonly control: string;
  /** `workers (managed)` */
  readonly group: string;
  readonly standing: (typeof openStatuses)[number];
  readonly nodes: number;
}

/** The worst first, at most 200; the rest is counted. */
export interface OpenGroups {
  readonly groups: readonly OpenGroup[];
  readonly more: number;
}

/** What one item came to: small, and enough to count a run. The full result is an object of its own. */
export interface ItemAnswer {
  readonly item: RunItem;
  /**
   * - `done`: audited; `problems` says which parts were not. Final: the item is not audited again in this run.
   * - `gone`: the cluster left between discovery and audit.
   * - `failed`: nothing of it was audited (not described, its nodes not listed), or the result could not be announced, because of the first of
   *   `problems`. The item is audited again when it comes again.
   */
  readonly status: 'done' | 'gone' | 'failed';
  readonly startedAt: string;
  /** The version of the cluster's control plane, `1.34`, where it was described. */
  readonly kubernetes?: string;
  readonly finishedAt: string;
  readonly nodes: number;
  /** Nodes that no source read, or whose reading cannot be trusted. */
  readonly unreadableNodes: number;
  /** Nodes that could not be read and are no gap yet: their machine is younger than 15 minutes, or on its way up or down. */
  readonly bootingNodes: number;
  /** Running machines with the cluster's tags on which SSM found no kubelet. They are no nodes, so they are no gap. */
  readonly machinesWithoutKubelet: number;
  /** Failures and warnings without a waiver that are suppressed in the account's Security Hub. */
  readonly suppressed?: number;
  /** Failures that a waiver covers. Absent where there is none. */
  readonly waived?: number;
  /** Ids of the waivers that match something here; absent without waivers. */
  readonly waiversMatched?: readonly string[];
  /** Node objects behind which AWS shows no machine: Fargate, hybrid nodes that SSM doesn't know, and objects of machines elsewhere. */
  readonly claims?: ClaimedNodes;
  /** What node groups launch next; absent where launch templates were not looked at. */
  readonly nextNodes?: NextNodeCounts;
  /** Machines with the tags of several clusters that this one's API server lists, by instance id; at most 200. */
  readonly machinesOfSeveral?: readonly string[];
  /** The parts of the cluster that were not read, by node group. */
  readonly gaps: readonly NodeGroupGap[];
  /**
   * Whether everything in scope was asked and answered:
   * - The nodes were listed by the API server, or by AWS's tags where the API server is no source.
   * - Where AWS was to be asked, it said which machines these are.
   * - Where findings are published, at least some of them could be sent to Security Hub.
   */
  readonly complete: boolean;
  readonly verdicts: Counts;
  /** Nodes by their headline; absent where no node was judged. */
  readonly access?: AccessCounts;
  /** Verdicts by control. */
  readonly controls: Readonly<Record<string, Counts>>;
  /** For a cluster: what is no pass; absent where everything passes. */
  readonly open?: OpenGroups;
  /** Machines that fail, by owner; absent where none fails. */
  readonly failing?: readonly FailingMachines[];
  /** SHA-256 of the cluster's full result, unpacked. */
  readonly resultSha256?: string;
  readonly findings: FindingCounts;
  /** The first 20. */
  readonly problems: readonly Problem[];
  readonly moreProblems: number;
}
