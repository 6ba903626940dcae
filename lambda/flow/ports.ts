import type { AsffFinding } from '../core/findings/asff/asff.ts';
import type { Memory } from '../core/findings/lifecycle/memory.ts';
import type { Cluster, ClusterAudit, NodeReading, Place, Problem } from '../core/model/model.ts';
import type { WriteSummary } from '../core/model/published.ts';
import type { Result } from '../core/model/result.ts';
import type { StoredFinding } from '../core/model/stored-finding.ts';
import type { DirectorySnapshot, FileSnapshot } from '../core/read/kubelet/node-files.ts';
import type { Gap } from '../core/run/discovery.ts';

export interface Clock {
  now(): Date;
  /** Resolves after this many milliseconds; rejects when the signal aborts. */
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
   * @param found called once, before the first cluster, with the number of clusters
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

/** The Regions of an account. */
export interface AccountRegions {
  readonly enabled: readonly string[];
  /** Those that it would have to opt in to. */
  readonly off: readonly string[];
}

/** Which Regions an account has switched on, by its own word: asked with the member role. */
export interface RegionDirectory {
  regionsOf(account: Account, signal: AbortSignal): Promise<Result<AccountRegions, Problem>>;
}

/** The EKS clusters of any account and Region that the credentials lead to. */
export interface RegionalClusters {
  /** All names of one account's Region. A Region that a service control policy denies is the problem `region-denied-by-policy`. */
  names(place: Place, signal: AbortSignal): Promise<Result<readonly string[], Problem>>;
  /** The cluster, and problems beside it; the problem `cluster-not-found` when it left. */
  describe(place: Place, name: string): Promise<readonly Result<Cluster, Problem>[]>;
}

/** Where a cluster is that the hub remembers. */
export interface RememberedPlace extends Pick<Place, 'accountId' | 'region'> {
  readonly cluster: string;
}

/** The tag names the state that was read; it is absent if nothing is stored. `value` is absent too if no release of this program wrote that state. */
export interface StoredMemory<Value = Memory> {
  readonly value?: Value | undefined;
  readonly tag?: string;
  /** What is stored names another cluster: it counts as nothing, and the run has a gap. */
  readonly refused?: Problem;
}

/**
 * What is remembered of each cluster. A store writes only what it can read back: reader and writer use one schema. Throws `OperatorError` when the store
 * cannot be used, or when the value does not fit that schema.
 */
export interface MemoryStore<Value> {
  read(place: Place, cluster: string): Promise<StoredMemory<Value>>;
  /** In place of what was read: `false` when that is not what is there any more, and then it is to be read and compared again. */
  write(place: Place, cluster: string, value: Value, read: Pick<StoredMemory, 'tag'>): Promise<boolean>;
  /** Names of the remembered clusters of an account's Region. One that is known to be gone has none. */
  clusters(place: Pick<Place, 'accountId' | 'region'>): AsyncIterable<string>;
  /** The same in any account and Region. */
  everyCluster(): AsyncIterable<RememberedPlace>;
}

/** What one run leaves for the next about a cluster. */
export interface RunMemory extends MemoryStore<Memory> {
  /** Writes what is about to be published, where `write` waits for what is announced. */
  readonly writeAhead?: (place: Place, cluster: string, value: Memory, read: StoredMemory) => Promise<void>;
}

/** Where findings live: Security Hub of the cluster's own account and Region. */
export interface FindingStore {
  /** Our findings of one account's Region, active and archived; of one cluster when its ARN is given. Every page. Throws `OperatorError`: a partial answer is worth nothing. */
  stored(place: Place, clusterArn?: string): AsyncIterable<StoredFinding>;
  /** Sends the findings in batches. A batch half accepted is accounted for item by item. Security Hub switched off is a problem, not a crash. */
  write(place: Place, findings: readonly AsffFinding[]): Promise<Result<WriteSummary, Problem>>;
}

/** Called while the audit runs, for a person who waits. */
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

/** Files that were saved from a node, by their path on the node. */
export interface SavedFiles {
  /** Whether the folder is there at all; without it everything is `not-saved`. */
  exists(): Promise<boolean>;
  file(path: string): Promise<FileSnapshot>;
  /** The path as the kubelet was given it: a slash at its end makes the kubelet follow a link there. */
  directory(path: string): Promise<DirectorySnapshot>;
}
