import type { RunbookNode } from '../../core/fix/remediation/plan.ts';
import type { NodeOutcome, NodeProgress } from '../../core/fix/remediation/run/progress.ts';
import type { RemedyAnswer } from '../../core/fix/remediation/run/remedy-answer.ts';
import type { Cluster, Place, Problem } from '../../core/model/model.ts';
import type { Result } from '../../core/model/result.ts';
import type { Ports } from '../audit/ports.ts';
import type { RunPorts } from '../run/ports.ts';

/** How a remedy came to its end on one machine. */
export type RemedyEnd =
  | { readonly kind: 'answered'; readonly answer: RemedyAnswer }
  /** It never ran there, so nothing was changed; with a problem, it would not run on any other machine either. */
  | { readonly kind: 'not-begun'; readonly because: string; readonly problem?: Problem }
  /** It may have run, and its end is unknown. The rollback that it armed on the machine restores the old state. */
  | { readonly kind: 'silent'; readonly because: string };

/** Changes kubelets, one machine at a time. Never cut short: who is tired of waiting leaves a half-changed node behind. */
export interface Remedies {
  run(cluster: Cluster, node: RunbookNode): Promise<RemedyEnd>;
}

/** The runbook of an account and Region, which asks a person before it changes anything. */
export interface Runbooks {
  /** @returns the execution's id; the same again for the same request */
  start(place: Place, request: RunbookRequest): Promise<Result<string, Problem>>;
  ended(place: Place, executionId: string): Promise<Result<EndedRunbook, Problem>>;
}

interface EndedRunbook {
  /** The cluster of the nodes, as given by the caller that started it. */
  readonly cluster: string;
  /** Why it touched no node, though it was approved. */
  readonly stopped?: Problem;
}

interface RunbookRequest {
  /** Distinguishes this request from others: the same text starts it only once. */
  readonly requestId: string;
  readonly cluster: string;
  readonly instanceIds: readonly string[];
  /** Slugs. */
  readonly controls: readonly string[];
  /** SHA-256 of each certificate of the cluster's CA. */
  readonly trust: readonly string[];
}

/** Called while nodes are changed, for a person who waits. */
export interface RemedyProgress {
  nodeStarted(node: NodeProgress): void;
  nodeEnded(node: NodeProgress, outcome: NodeOutcome): void;
}

/** What `remediate` touches beside the audit of one cluster. */
export interface RemediationPorts extends Ports {
  readonly remedies: Remedies;
}

/** What the function behind the custom action touches. */
export interface RequestPorts extends RunPorts {
  readonly runbooks: Runbooks;
}
