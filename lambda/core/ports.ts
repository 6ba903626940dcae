import type { AsffFinding } from './findings/asff.ts';
import type { RbacObject, StoredRbacObject } from './grant/rbac-objects.ts';
import type { DirectorySnapshot, FileSnapshot } from './kubelet/node-files.ts';
import type { Cluster, ClusterAudit, ClusterNode, Instance, NodeReading, Problem, Via, WriteSummary } from './model.ts';
import type { Result } from './result.ts';

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
  /** The named clusters, or all. A cluster that cannot be described is a problem beside the others. Throws `OperatorError` when nothing can be listed. */
  clusters(names: readonly string[]): AsyncIterable<Result<Cluster, Problem>>;
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
}

/** The cluster's machines as AWS knows them: EC2 by tags, hybrid nodes by SSM. */
export interface InstanceDirectory {
  instances(cluster: Cluster, signal: AbortSignal): Promise<Result<readonly Instance[], Problem>>;
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
  /** Our findings about this cluster, active ones; every page. */
  stored(cluster: Cluster): AsyncIterable<StoredFinding>;
  /** Sends the findings in batches. A batch half accepted is accounted for item by item. Security Hub switched off is a problem, not a crash. */
  write(cluster: Cluster, findings: readonly AsffFinding[]): Promise<Result<WriteSummary, Problem>>;
}

export interface StoredFinding {
  readonly id: string;
  readonly createdAt: string;
  readonly firstObservedAt?: string;
  readonly updatedAt: string;
  readonly complianceStatus?: string;
  readonly recordState?: string;
}

/** Told while the audit runs, for a person who waits. */
export interface Progress {
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
}

/** What `grant` touches, and no audit does. */
export interface GrantPorts {
  readonly clusters: ClusterDirectory;
  readonly accessEntries: AccessEntries;
  readonly rbacObjects: RbacObjects;
}

/** All of the outside world. A step takes the slice that it uses. */
export interface Ports {
  readonly clock: Clock;
  readonly log: Log;
  readonly progress: Progress;
  readonly clusters: ClusterDirectory;
  /** Absent when the API server is not a source (`--sources ssm`): then AWS's tags are the inventory. */
  readonly nodeList?: NodeList;
  /** Empty when there are no AWS credentials (kubeconfig, kubectl proxy): then nothing confirms a machine. */
  readonly instanceDirectories: readonly InstanceDirectory[];
  readonly kubeletSources: readonly KubeletSource[];
  readonly findings: FindingStore;
}
