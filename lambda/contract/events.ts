/** Events that a run puts on the default bus of the hub's account and Region. People write rules on them: a field never changes its meaning. */
export const eventSource = 'eks-kubelet-audit';

export const eventTypes = {
  /** Once a run, when everything is written. `detail` is AuditCompleted. */
  completed: 'Audit Completed',
  /** Once a transition: a new or reopened failure or warning. `detail` is FindingTransition. */
  opened: 'Finding Opened',
  /**
   * Once, when it begins: the account's Security Hub hides a failure or warning without a waiver (suppressed, resolved, false positive or a lower
   * severity). `detail` is FindingTransition.
   */
  suppressed: 'Finding Suppressed',
  /** Each time: an import that was not this deployment's changed a finding, and the run restored it. `detail` is FindingTransition. */
  overwritten: 'Finding Overwritten',
  /** Once a transition: what failed or warned passes, is waived, or is gone. `detail` is FindingTransition. */
  resolved: 'Finding Resolved',
  /** Once a transition: what was proved before could not be read for so long that its finding is NOT_AVAILABLE. `detail` is FindingTransition. */
  unreadable: 'Finding Unreadable',
  /**
   * Once a transition: an announced failure whose control or scope was taken out of the audit. Whether it is fixed is unknown. `detail` is
   * FindingTransition.
   */
  withdrawn: 'Finding Withdrawn',
  /** Once a cluster and run, behind all of the above: what people read. `detail` is ClusterChange. */
  changed: 'Cluster Changed',
  /** Once a run, when it has gaps that the run before did not have, that have doubled since, and each week that one stays. `detail` is NewGaps. */
  gapsOpened: 'Gaps Opened',
  /** Something begins to go unseen. `detail` is GapTransition. */
  gapOpened: 'Gap Opened',
  /** It is seen again, or excluded by settings. `detail` is GapTransition. */
  gapClosed: 'Gap Closed',
} as const;

interface OfRun {
  readonly version: 1;
  readonly runId: string;
}

interface WithSummary extends OfRun {
  /** `s3://BUCKET/runs/RUN/summary.json` */
  readonly summary: string;
  /** `s3://BUCKET/runs/RUN/report.html`, for people. */
  readonly report: string;
}

export interface AuditCompleted extends WithSummary {
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly accounts: number;
  readonly clusters: number;
  readonly nodes: number;
  /** Nodes by who gets in: they add up to all nodes. */
  readonly states: Readonly<Record<string, number>>;
  readonly unreadableNodes: number;
  /** Verdicts of nodes × controls by status. */
  readonly verdicts: Readonly<Record<'pass' | 'fail' | 'warn' | 'unknown' | 'not-applicable', number>>;
  /** Whether everything in scope was audited. */
  readonly complete: boolean;
  /** Accounts, Regions, clusters and node groups that were not; the summary in S3 names each. */
  readonly gaps: number;
  /** The gaps that the run before did not have. */
  readonly newGaps: number;
  /** Items that failed after all retries. */
  readonly failedItems: number;
  /** The signed statement about the run, below `statements/`; empty where runs are not signed. */
  readonly statement: string;
  /** SHA-256 of that statement: keep it where the owner of the bucket cannot write, and give it to `verify --head`. */
  readonly statementSha256: string;
  /** SHA-256 of the statement that was signed before it; empty for the first. */
  readonly previousStatementSha256: string;
  /** `NUMBER:SHA256` of the statement, as `verify --head` takes it. */
  readonly head: string;
}

export interface FindingTransition extends OfRun {
  readonly findingId: string;
  /** The same for people: what looks like a link is broken up. */
  readonly findingShown: string;
  readonly accountId: string;
  readonly region: string;
  readonly cluster: string;
  readonly clusterArn: string;
  /** `node group 'workers' (managed)`, `node 'i-…'`, `all nodes`. Names are quoted and look like no address. */
  readonly subject: string;
  readonly control: string;
  /** `3.2.3`, or empty where the benchmark has no such control. */
  readonly controlNumber: string;
  readonly title: string;
  /** ASFF's `Compliance.Status` before and now; `NONE` when there was no finding, `ARCHIVED` when it is gone. */
  readonly before: string;
  readonly status: string;
  readonly severity: string;
  /** Nodes behind it, and those that the finding names and AWS confirms. */
  readonly nodes: number;
  readonly machines: number;
  /** Why, in one sentence, in which nothing looks like an address. */
  readonly because: string;
  /** The remedy, in one sentence. */
  readonly remedy: string;
  /** Where to read on. */
  readonly link: string;
  /** The page of this cluster in this run, `s3://BUCKET/runs/RUN/results/ACCOUNT/REGION/CLUSTER.html`; of a cluster that is gone, the report of the run. */
  readonly page: string;
  /** Whether the finding in Security Hub says the same: `not-taken` it refused, `not-read` it could not be read, so that nothing was sent. */
  readonly securityHub: 'taken' | 'not-taken' | 'not-read';
  /** `missing`: no run remembers this cluster, so that every open failure is announced, news or not. */
  readonly memory: 'kept' | 'missing';
  /** `NUMBER:SHA256` of the statement that was signed last when this was sent; empty where runs are not signed. */
  readonly head: string;
}

/** All transitions of one cluster in one run, in one message. The fields of FindingTransition are those of the worst of them. */
export interface ClusterChange extends FindingTransition {
  /** How the first line of a mail begins: the severity of what was opened, or what happened. */
  readonly headline: string;
  /** `node group 'workers' (managed), nodes: 3` */
  readonly where: string;
  /** How many transitions there are of each kind. */
  readonly counts: Readonly<
    Record<'opened' | 'suppressed' | 'overwritten' | 'resolved' | 'unreadable' | 'withdrawn', number>
  >;
  /** `2 opened, 1 resolved: (2) HIGH, …; (3) resolved, …`: the worst ten, and how many more there are. */
  readonly changes: string;
}

/** A part of the scope that was not audited. Identity: account, Region, cluster, node group and code, never a node. An empty field was not narrowed down. */
export interface GapTransition extends WithSummary {
  readonly accountId: string;
  readonly region: string;
  readonly cluster: string;
  /** `managed workers`, or empty. */
  readonly nodeGroup: string;
  /** Why, as a stable word: `nodes-unread`, `member-role-missing`, … */
  readonly code: string;
  /** The `startedAt` of the run that met it first. */
  readonly since: string;
  readonly because: string;
  readonly remedy: string;
}

/** The new gaps of one run in one message, for people; each also has a `Gap Opened` of its own. */
export interface NewGaps extends WithSummary {
  readonly newGaps: number;
  /** `3 new gaps, 1 gap still there after a week or more` */
  readonly title: string;
  /** The worst first, each with its place and code, at most 20; how many more there are. */
  readonly gaps: string;
  /** Items that failed after all retries, in this run. */
  readonly failedItems: number;
}
