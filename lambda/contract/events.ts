/** Events that a run puts on the default bus of the hub's account and Region. People write rules on them: a field never changes its meaning. */
export const eventSource = 'eks-kubelet-audit';

export const eventTypes = {
  /** Once a run, when everything is written. `detail` is AuditCompleted. */
  completed: 'Audit Completed',
  /** Once a transition: a new or reopened failure or warning. `detail` is FindingTransition. */
  opened: 'Finding Opened',
  /** Once a transition: what failed or warned passes, is waived, or is gone. `detail` is FindingTransition. */
  resolved: 'Finding Resolved',
} as const;

export interface AuditCompleted {
  readonly version: 1;
  readonly runId: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly accounts: number;
  readonly clusters: number;
  readonly nodes: number;
  readonly unreadableNodes: number;
  /** Verdicts of nodes × controls by status. */
  readonly verdicts: Readonly<Record<'pass' | 'fail' | 'warn' | 'unknown' | 'not-applicable', number>>;
  /** Whether everything that was to be looked at was looked at. */
  readonly complete: boolean;
  /** What was not: accounts, Regions, clusters; the summary in S3 names each. */
  readonly gaps: number;
  /** Items that failed for good. */
  readonly failedItems: number;
  /** `s3://BUCKET/runs/RUN/summary.json` */
  readonly summary: string;
}

export interface FindingTransition {
  readonly version: 1;
  readonly runId: string;
  readonly findingId: string;
  readonly accountId: string;
  readonly region: string;
  readonly cluster: string;
  readonly clusterArn: string;
  /** `node group workers (managed)`, `node i-…`, `all nodes`. */
  readonly subject: string;
  readonly control: string;
  /** `3.2.3`, or empty where the benchmark has no such control. */
  readonly controlNumber: string;
  readonly title: string;
  /** ASFF's `Compliance.Status` before and now; `NONE` when there was no finding, `ARCHIVED` when it is gone. */
  readonly before: string;
  readonly status: string;
  readonly severity: string;
  /** Nodes behind it. */
  readonly nodes: number;
  /** Why, in one sentence. */
  readonly because: string;
  /** What to do, in one sentence. */
  readonly remedy: string;
  /** Where to read on. */
  readonly link: string;
}
