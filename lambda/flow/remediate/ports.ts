import type { RunbookNode } from '../../core/fix/remediation/plan.ts';
import type { NodeOutcome, NodeProgress } from '../../core/fix/remediation/run/progress.ts';
import type { NodeReadiness } from '../../core/fix/remediation/run/readiness.ts';
import type { RemedyAnswer } from '../../core/fix/remediation/run/remedy-answer.ts';
import type { RunbookNodeEnd, RunbookStart } from '../../core/fix/remediation/run/runbook.ts';
import type { Cluster, Place, Problem } from '../../core/model/model.ts';
import type { Result } from '../../core/model/result.ts';
import type { AuditOptions, Ports } from '../audit/ports.ts';
import type { RunPorts } from '../run/ports.ts';

/** The audits before and after a change always use every source, and don't publish. */
export type RemediationOptions = Omit<AuditOptions, 'publish' | 'everySource'>;

/** How a remedy came to its end on one machine. */
export type RemedyEnd =
  | { readonly kind: 'answered'; readonly answer: RemedyAnswer }
  /** It never ran there, so nothing was changed; with a problem, it would not run on any other machine either. */
  | { readonly kind: 'not-begun'; readonly because: string; readonly problem?: Problem }
  /** It may have run, and its end is unknown. The rollback that it armed on the machine restores the old state. */
  | { readonly kind: 'silent'; readonly because: string };

/** What is done on one machine. */
export interface RemedyRequest {
  /**
   * The node puts back what `apply` changed unless `keep` follows; `put-back` has it do that now. `undo` puts back the files that `run` replaced
   * there.
   */
  readonly mode: 'apply' | 'keep' | 'put-back' | 'undo' | 'dry-run';
  /** The id of the run, under which the node keeps the previous files. */
  readonly run: string;
  /** What to do about a file of which only mode, owner or label may have changed since the kubelet started. */
  readonly touched: 'refuse' | 'as-running';
}

/** A command of a run on one machine, as Systems Manager remembers it for 30 days. */
export interface SentRemedy {
  readonly instanceId: string;
  readonly commandId: string;
  readonly controls: readonly string[];
  readonly mode: 'apply' | 'keep';
}

/** Changes kubelets, one machine at a time. Never cut short: that would leave a half-changed node behind. */
export interface Remedies {
  /** Why no node of this cluster can be changed, such as a missing document; `undefined` when nothing is known to be in the way. */
  missing(cluster: Cluster): Promise<Problem | undefined>;
  run(cluster: Cluster, node: RunbookNode, request: RemedyRequest): Promise<RemedyEnd>;
  /** The commands of a run that change nodes, the oldest first; also those that a runbook sent. */
  sent(cluster: Cluster, run: string): Promise<Result<readonly SentRemedy[], Problem>>;
  /** Waits for the end of a command that was sent before. */
  end(cluster: Cluster, sent: SentRemedy): Promise<RemedyEnd>;
}

/** Node groups that a run may change alone. */
export interface HeldGroups {
  /** Before a node is begun: why none may be, since the run would outlast its time. */
  renew(): Promise<Problem | undefined>;
  release(): Promise<void>;
}

/** Excludes two runs on one node group, wherever their terminals are. */
export interface GroupLocks {
  /** @returns a problem that names the holder, when another run has one of the groups; then none is taken */
  take(cluster: Cluster, groups: readonly string[], run: string): Promise<Result<HeldGroups, Problem>>;
}

/** The runbook of an account and Region, which asks a person before it changes anything. */
export interface Runbooks {
  /** @returns the execution's id; the same again for the same request */
  start(place: Place, request: RunbookRequest): Promise<Result<string, Problem>>;
  /** The newest executions about this cluster, the newest first. */
  recent(place: Place, cluster: string): Promise<Result<readonly RecentRunbook[], Problem>>;
  ended(place: Place, executionId: string): Promise<Result<EndedRunbook, Problem>>;
}

export interface RecentRunbook {
  readonly executionId: string;
  readonly group: string;
  /** It waits for its approval, or changes nodes. */
  readonly isOpen: boolean;
  /** What became of its machines; empty while it is open. */
  readonly nodes: readonly RunbookNodeEnd[];
}

interface EndedRunbook {
  /** The cluster of the nodes, as given by the caller that started it. */
  readonly cluster: string;
  readonly nodes: readonly RunbookNodeEnd[];
  /** Why it touched no further node, though it was approved. */
  readonly stopped?: Problem;
}

interface RunbookRequest extends RunbookStart {
  /** Distinguishes this request from others: the same text starts one execution. */
  readonly requestId: string;
  readonly cluster: string;
}

/** Whether nodes are Ready, as the cluster's API server says now. */
export interface Readiness {
  all(cluster: Cluster, signal: AbortSignal): Promise<Result<readonly NodeReadiness[], Problem>>;
  /** `undefined`: the API server has no Node object of this name. */
  one(cluster: Cluster, name: string, signal: AbortSignal): Promise<Result<NodeReadiness | undefined, Problem>>;
}

/** Called while nodes are changed, for a person who waits. */
export interface RemedyProgress {
  nodeStarted(node: NodeProgress): void;
  nodeEnded(node: NodeProgress, outcome: NodeOutcome): void;
  /** No node is under way, and this is waited for. */
  waits(because: string): void;
}

/** What `remediate` touches beside the audit of one cluster. */
export interface RemediationPorts extends Ports {
  readonly remedies: Remedies;
  readonly locks: GroupLocks;
  readonly readiness: Readiness;
}

/** What the function behind the custom action touches. */
export interface RequestPorts extends RunPorts {
  readonly runbooks: Runbooks;
  readonly readiness: Readiness;
}
