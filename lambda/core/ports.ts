import type { AsffFinding } from './findings/asff/asff.ts';
import type { Memory } from './findings/lifecycle/memory.ts';
import type { AccessRight } from './grant/broad-rights.ts';
import type { RbacObject, StoredRbacObject } from './grant/rbac-objects.ts';
import type { KeptRun, LastRun } from './history/last-run.ts';
import type { DirectorySnapshot, FileSnapshot } from './kubelet/node-files.ts';
import type { Manifest } from './manifest.ts';
import type { Cluster, ClusterAudit, ClusterNode, Instance, NodeReading, Place, Problem, Via } from './model.ts';
import type { Proof } from './node-facts.ts';
import type { WriteSummary } from './published.ts';
import type { IamPrincipal, ProxyGrants } from './rbac/proxy-holders.ts';
import type { ReportedAudit } from './reports/report.ts';
import type { Result } from './result.ts';
import type { ItemAnswer } from './run/answer.ts';
import type { Discovery, Gap } from './run/discovery.ts';
import type { RunItem } from './run/item.ts';
import type { StandingGaps } from './run/standing-gaps.ts';
import type { RunSummary } from './run/summary.ts';

export interface Clock {
  now(): Date;
  /** Resolves after so many milliseconds; rejects when the signal aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** Structured logs. Fields never hold a token, a whole configuration or the raw words of a node. */
export interface Log {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** The clusters to audit: EKS of one or more Regions, or the one that a kubeconfig or a kubectl proxy names. */
export interface ClusterDirectory {
  /**
   * The named clusters, or all. A cluster that cannot be described is a problem beside the others. Throws `OperatorError` when nothing can be listed.
   * @param found told once, before the first cluster, how many there are
   */
  clusters(names: readonly string[], found?: (count: number) => void): AsyncIterable<Result<Cluster, Problem>>;
}

/** The accounts that a run is about. */
export interface AccountDirectory {
  /**
   * Every page, also behind an empty one. An account that is not audited on purpose (suspended, excluded by its state) is `skipped`, one that could not be
   * listed a `gap`. Throws `OperatorError` when nothing can be listed at all.
   */
  accounts(signal: AbortSignal): AsyncIterable<ListedAccount>;
}

export type ListedAccount =
  | { readonly status: 'active'; readonly account: Account }
  | { readonly status: 'skipped' | 'gap'; readonly gap: Gap };

export interface Account {
  readonly id: string;
  readonly partition: string;
  readonly name?: string;
}

/** The Regions that an account has switched on, by its own word: asked with the member role. */
export interface RegionDirectory {
  enabled(account: Account, signal: AbortSignal): Promise<Result<readonly string[], Problem>>;
}

/** The EKS clusters of any account and Region that the credentials lead to. */
export interface RegionalClusters {
  /** All names of one account's Region. A Region that a service control policy denies is the problem `region-denied-by-policy`. */
  names(place: Place, signal: AbortSignal): Promise<Result<readonly string[], Problem>>;
  /** The cluster, and problems beside it; the problem `cluster-not-found` when it left. */
  describe(place: Place, name: string): Promise<readonly Result<Cluster, Problem>[]>;
}

/**
 * What a run leaves behind and finds again, by its id: S3 behind it. Of a cluster, result, page and OCSF are written once: what is there stays, whoever writes again.
 * Throws `OperatorError` when the store cannot be used: without it a run is worth nothing.
 */
export interface RunStore {
  discovery(runId: string): Promise<Discovery | undefined>;
  /** The items first, as JSON Lines; then the rest, which makes it valid. */
  putDiscovery(discovery: Discovery): Promise<void>;
  answer(runId: string, item: RunItem): Promise<ItemAnswer | undefined>;
  putAnswer(runId: string, answer: ItemAnswer): Promise<void>;
  /** Every answer of the run, in no order. */
  answers(runId: string): AsyncIterable<ItemAnswer>;
  /** The full result of one cluster, without what became of its findings; `undefined` when this run has left none. */
  result(runId: string, item: RunItem): Promise<ReportedAudit | undefined>;
  /** The full result of one cluster, piece by piece; `false` when there is one, which stays as it is. */
  putResult(runId: string, item: RunItem, pieces: Iterable<string>): Promise<boolean>;
  /** The cluster's findings as OCSF, JSON Lines. */
  putOcsf(runId: string, item: RunItem, lines: Iterable<string>): Promise<void>;
  /** The page of one cluster, beside its result. */
  putPage(runId: string, item: RunItem, pieces: Iterable<string>): Promise<void>;
  /** The run's own report, for people, and the same with the links that it has as the last run's report. */
  putReport(runId: string, report: RunReport): Promise<void>;
  /** One line a cluster, kept for good; written once: what is there already stays. */
  putHistory(run: { readonly runId: string; readonly startedAt: string }, lines: Iterable<string>): Promise<void>;
  /** The lines that a run kept; `undefined` when it kept none. */
  history(run: KeptRun): Promise<string | undefined>;
  /** Which run was summed up last; `undefined` before the first. */
  lastRun(): Promise<LastRun | undefined>;
  putLastRun(last: LastRun): Promise<void>;
  putSummary(summary: RunSummary): Promise<void>;
  /** How the run was audited. */
  putManifest(runId: string, manifest: Manifest): Promise<void>;
  /** SHA-256 of every object that the run has left, itself left out: written last. */
  putChecksums(runId: string): Promise<void>;
  /** The gaps of the run before; `undefined` when no run left any list of them. */
  standingGaps(): Promise<StandingGaps | undefined>;
  putStandingGaps(gaps: StandingGaps): Promise<void>;
  /** Where people find it: `s3://BUCKET/KEY` of the summary. */
  summaryAddress(runId: string): string;
  /** `s3://BUCKET/KEY` of the run's report. */
  reportAddress(runId: string): string;
  /** `s3://BUCKET/KEY` of the page of one cluster. */
  pageAddress(runId: string, item: RunItem): string;
}

/** For people: a page and Markdown, each as it lies in the run, and below `latest/`. */
export type RunReport = Readonly<Record<'html' | 'latestHtml' | 'markdown' | 'latestMarkdown', string>>;

/** Where a cluster is that the hub remembers. */
export interface RememberedPlace extends Pick<Place, 'accountId' | 'region'> {
  readonly cluster: string;
}

/** What one run tells the next about a cluster. Throws `OperatorError` when the store cannot be used. */
export interface RunMemory {
  /** As it is stored, for a strict parser; `undefined` when there is nothing. */
  read(place: Place, cluster: string): Promise<unknown>;
  write(place: Place, cluster: string, value: Memory): Promise<void>;
  /** Names of the clusters of an account's Region of which there is a memory, also of those that are gone. */
  clusters(place: Pick<Place, 'accountId' | 'region'>): AsyncIterable<string>;
  /** Every cluster of which there is a memory, in any account and Region. */
  everyCluster(): AsyncIterable<RememberedPlace>;
}

/** Executions of the state machine. */
export interface Runs {
  /** The name of one that is still going. */
  running(): Promise<string | undefined>;
  /** Of an execution by its name; `absent` when there is none. Unlike the list this is never out of date. */
  state(name: string): Promise<'running' | 'ended' | 'absent'>;
  /** The ARN that an execution of that name has, or would have. */
  arnOf(name: string): string;
  /** `already` when an execution of that name was started before. */
  start(name: string, input: object): Promise<'started' | 'already'>;
}

/** Who holds the lock, by which there is one run at a time. */
export interface LockOfRun {
  readonly executionArn: string;
  readonly takenAt: Date;
  /** When the state machine has ended that run itself. */
  readonly deadline: Date;
}

export interface HeldLock extends LockOfRun {
  /** What tells this state of the lock from every later one. */
  readonly tag: string;
}

/** What the start of a run touches. */
export interface StartPorts {
  readonly executions: Runs;
  readonly lock: RunLock;
  readonly clock: Clock;
  readonly log: Log;
}

/** The lock of runs. Of several that take it in the same state, one succeeds. */
export interface RunLock {
  read(): Promise<HeldLock | undefined>;
  /** Free, or, with `held`, from that very state; `false` when it is not so any more. */
  take(lock: LockOfRun, held?: HeldLock): Promise<boolean>;
}

/** Events on the bus, in the order given; throws `OperatorError` for those that the bus did not take. */
export interface EventBus {
  put(events: readonly { readonly type: string; readonly detail: object; readonly time: Date }[]): Promise<void>;
}

/** Metrics of a run: few names, no dimension of high cardinality. */
export interface Metrics {
  publish(values: Readonly<Record<string, number>>, about: Readonly<Record<string, string>>): void;
}

/** The nodes that the cluster's API server lists. */
export interface NodeList {
  nodes(cluster: Cluster, signal: AbortSignal): Promise<Result<readonly ListedNode[], Problem>>;
}

/** What a Node object says of itself: claims, until AWS agrees. Bounded and reduced to what the audit uses. */
export interface ListedNode {
  readonly name: string;
  readonly providerId?: string;
  /** Only labels that tell node groups and node kinds apart. */
  readonly labels: Readonly<Record<string, string>>;
  readonly kubeletVersion?: string;
  readonly osImage?: string;
  readonly operatingSystem?: string;
  /** The first InternalIP of its addresses. */
  readonly internalIp?: string;
  /** Of its kubelet, where it is another than 10250. */
  readonly kubeletPort?: number;
}

/** The cluster's machines as AWS knows them: EC2 by tags, hybrid nodes by SSM. */
export interface InstanceDirectory {
  instances(cluster: Cluster, signal: AbortSignal): Promise<Result<readonly Instance[], Problem>>;
}

/** EKS's word on the managed node groups of a cluster. */
export interface ManagedGroups {
  /** By the name of an Auto Scaling group, the managed node group that it belongs to; every page, and each node group asked once. */
  autoScalingGroups(cluster: Cluster, signal: AbortSignal): Promise<Result<ReadonlyMap<string, string>, Problem>>;
}

/** Who may reach `nodes/proxy` by a cluster's RBAC objects, and who its API server takes us for. */
export interface RbacGrants {
  /** Every ClusterRole that reaches it or aggregates others, and the bindings of those, from lists that were read to their end. */
  grants(cluster: Cluster, signal: AbortSignal): Promise<Result<ReadGrants, Problem>>;
  /** The data of the ConfigMap kube-system/aws-auth, as it is written there; `undefined` when there is none. */
  awsAuth(
    cluster: Cluster,
    signal: AbortSignal,
  ): Promise<Result<Readonly<Record<string, string>> | undefined, Problem>>;
  /** `undefined` when the API server does not say (before Kubernetes 1.28). */
  self(cluster: Cluster, signal: AbortSignal): Promise<ProxyGrants['self']>;
}

export interface ReadGrants extends Pick<ProxyGrants, 'roles' | 'bindings'> {
  readonly proof: Proof;
}

/** Whom EKS lets into a cluster by access entries, each with its access policies. */
export interface IamPrincipals {
  /** Those that could be read, and what kept others from it. */
  principals(cluster: Cluster, signal: AbortSignal): Promise<ReadPrincipals>;
}

interface ReadPrincipals {
  readonly principals: readonly IamPrincipal[];
  readonly problem?: Problem;
}

/** A way to read kubelets, in order of preference: configz, then SSM. */
export interface KubeletSource {
  readonly via: Via;
  /**
   * Reads the given nodes; batches, retries and concurrency are its own affair. Yields exactly one reading a node, in any order.
   * Stops early when the signal aborts: what is left is yielded as `deadline`.
   */
  read(cluster: Cluster, nodes: readonly ClusterNode[], signal: AbortSignal): AsyncIterable<NodeReading>;
}

/** Where findings live: Security Hub of the cluster's own account and Region. */
export interface FindingStore {
  /** Our findings of one account's Region, active and archived; of one cluster when its ARN is given. Every page. Throws `OperatorError`: a partial answer is worth nothing. */
  stored(place: Place, clusterArn?: string): AsyncIterable<StoredFinding>;
  /** Sends the findings in batches. A batch half accepted is accounted for item by item. Security Hub switched off is a problem, not a crash. */
  write(place: Place, findings: readonly AsffFinding[]): Promise<Result<WriteSummary, Problem>>;
}

/** A finding as Security Hub holds it, reduced to what our own model can write again: nothing of it is ever echoed. */
export interface StoredFinding {
  readonly id: string;
  readonly createdAt: string;
  readonly firstObservedAt?: string;
  readonly updatedAt: string;
  readonly complianceStatus?: string;
  readonly recordState?: string;
  readonly title: string;
  readonly description: string;
  readonly generatorId: string;
  /** Our own fields (`eks-kubelet-audit/…`) only. */
  readonly productFields: Readonly<Record<string, string>>;
}

/** Told while the audit runs, for a person who waits. */
export interface Progress {
  accountListed(account: Account): void;
  accountFinished(account: Account): void;
  /** Once, when every account and Region is looked into. */
  clustersFound(count: number): void;
  clusterStarted(cluster: Cluster): void;
  nodesListed(cluster: Cluster, count: number): void;
  nodeRead(cluster: Cluster, reading: NodeReading): void;
  clusterFinished(audit: ClusterAudit): void;
}

/** Files that somebody saved from a node, by their path on the node. */
export interface SavedFiles {
  /** Whether the folder is there at all; without it everything is `not-saved`. */
  exists(): Promise<boolean>;
  file(path: string): Promise<FileSnapshot>;
  /** The path as the kubelet was given it: a slash at its end makes the kubelet follow a link there. */
  directory(path: string): Promise<DirectorySnapshot>;
}

/** Whom EKS lets into a cluster, by IAM principal. `grant` reads and writes it with its caller's own rights. */
export interface AccessEntries {
  /** The Kubernetes groups of the principal's entry; `undefined` when it has none. */
  groups(cluster: Cluster, principalArn: string): Promise<Result<readonly string[] | undefined, Problem>>;
  create(cluster: Cluster, entry: AccessEntry): Promise<Result<undefined, Problem>>;
  /** Sets the groups of an entry that is there. */
  update(cluster: Cluster, entry: AccessEntry): Promise<Result<undefined, Problem>>;
}

interface AccessEntry {
  readonly principalArn: string;
  readonly groups: readonly string[];
}

/** ClusterRoles and ClusterRoleBindings of a cluster. `grant` reads and writes them with its caller's own rights. */
export interface RbacObjects {
  /** The stored object of this kind and name; `undefined` when there is none. */
  find(
    cluster: Cluster,
    wanted: RbacObject,
    signal: AbortSignal,
  ): Promise<Result<StoredRbacObject | undefined, Problem>>;
  create(cluster: Cluster, wanted: RbacObject, signal: AbortSignal): Promise<Result<undefined, Problem>>;
  /** Writes our grant over the stored object, unless that has changed since it was found. */
  replace(
    cluster: Cluster,
    change: { readonly wanted: RbacObject; readonly stored: StoredRbacObject },
    signal: AbortSignal,
  ): Promise<Result<undefined, Problem>>;
  remove(cluster: Cluster, object: RbacObject, signal: AbortSignal): Promise<Result<undefined, Problem>>;
}

/** What `grant` touches, and no audit does. */
export interface GrantPorts {
  readonly clusters: ClusterDirectory;
  readonly accessEntries: AccessEntries;
  readonly rbacObjects: RbacObjects;
}

/** What a grant over accounts touches. */
export type OrganizationGrantPorts = Pick<
  RunPorts,
  'accounts' | 'regions' | 'regionalClusters' | 'clock' | 'log' | 'progress' | 'release'
> &
  Pick<GrantPorts, 'accessEntries' | 'rbacObjects'>;

/** What the caller may do in a cluster, by the API server's own word. */
export interface AccessReviews {
  /** Whether the caller has the right, or why that is not known. */
  allowed(cluster: Cluster, right: AccessRight, signal: AbortSignal): Promise<boolean | string>;
}

/** What the audit of one cluster touches. A step takes the slice that it uses. */
export interface AuditPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly progress: Progress;
  /** Absent when the API server is not a source (`--sources ssm`): then AWS's tags are the inventory. */
  readonly nodeList?: NodeList;
  /** Empty when there are no AWS credentials (kubeconfig, kubectl proxy): then nothing confirms a machine. */
  readonly instanceDirectories: readonly InstanceDirectory[];
  /** Absent where AWS is not asked. */
  readonly managedGroups?: ManagedGroups;
  readonly kubeletSources: readonly KubeletSource[];
  /** Absent when the API server is not a source. */
  readonly rbacGrants?: RbacGrants;
  /** Absent when there are no AWS credentials. */
  readonly iamPrincipals?: IamPrincipals;
  readonly findings: FindingStore;
  /** Absent in a terminal: then nothing is held back, and no finding is archived that this run alone cannot judge. */
  readonly memory?: RunMemory;
  /** Closes the connections to a cluster's API server, once its audit is over; asked for again, they are opened anew. */
  release(cluster: Cluster): void;
}

/** What an audit of the caller's own clusters touches. */
export interface Ports extends AuditPorts {
  readonly clusters: ClusterDirectory;
}

/** What a run over accounts and Regions touches beside the audit of one cluster. */
export interface RunPorts extends AuditPorts {
  readonly accounts: AccountDirectory;
  readonly regions: RegionDirectory;
  readonly regionalClusters: RegionalClusters;
}

/** What the functions of the hub touch besides. */
export interface HubPorts extends RunPorts {
  readonly runs: RunStore;
  readonly events: EventBus;
  readonly metrics: Metrics;
}
