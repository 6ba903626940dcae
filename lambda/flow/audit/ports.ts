import type { Scope, SourceName } from '../../contract/settings.ts';
import type { AccessRight } from '../../core/fix/grant/broad-rights.ts';
import type { Control } from '../../core/judge/control.ts';
import type { ProxyGrants } from '../../core/judge/proxy-holders.ts';
import type { Waiver } from '../../core/judge/waivers/waiver.ts';
import type { ListedNode } from '../../core/model/listed-node.ts';
import type { Cluster, ClusterNode, Instance, NodeReading, Problem, Via } from '../../core/model/model.ts';
import type { Proof } from '../../core/model/node-facts.ts';
import type { Result } from '../../core/model/result.ts';
import type { LaunchedGroups } from '../../core/next-node/read/launched/launched-group.ts';
import type { WantedInstances } from '../../core/read/inventory/wanted-instances.ts';
import type { IamPrincipal } from '../../core/read/rbac/access-policies.ts';
import type { Clock, ClusterDirectory, FindingStore, Log, Progress, RunMemory } from '../ports.ts';

export interface AuditOptions {
  /** What is looked at. */
  readonly controls: readonly Control[];
  /** Controls that no option names and the sources can't show: reported once for each cluster. */
  readonly leftOut?: readonly Control[];
  readonly benchmark: string;
  readonly scope: Scope;
  /** In order; advice in findings names the rights that they need. */
  readonly sources?: readonly SourceName[];
  readonly publish: boolean;
  /**
   * Whether every source reads every node, so that they can be compared. Without it, each source reads the nodes on which the ones before left a
   * control open.
   */
  readonly everySource?: boolean;
  /** Keys of the only nodes that are read and judged; absent for all. */
  readonly onlyNodes?: readonly string[];
  /** When reading must stop, so that what is known can still be published; absent in a terminal. */
  readonly deadline?: Date;
  /** The run's one time, which its findings carry as `UpdatedAt`: doing an item twice changes nothing. Absent outside of a run: then it is now. */
  readonly runStartedAt?: Date;
  /** The run that this is a part of: what it counts, it counts once. */
  readonly runId?: string;
  /** Accepted failures. The audit carries their marks already (applyWaivers); findings that are held back ask them again. */
  readonly waivers?: readonly Waiver[];
}

/** The nodes that the cluster's API server lists. */
export interface NodeList {
  nodes(cluster: Cluster, signal: AbortSignal): Promise<Result<readonly ListedNode[], Problem>>;
  /** The one of that name; `undefined` when there is none. */
  node?(cluster: Cluster, name: string, signal: AbortSignal): Promise<Result<ListedNode | undefined, Problem>>;
}

/** The cluster's machines as AWS knows them: EC2 by tags, hybrid nodes by SSM. */
export interface InstanceDirectory {
  instances(cluster: Cluster, signal: AbortSignal): Promise<Result<readonly Instance[], Problem>>;
}

/** EC2's answer about single machines, regardless of their tags. */
export interface InstanceLookup {
  /** The instances with these ids, in any state, and those of the cluster's VPC with one of these names or addresses. */
  find(cluster: Cluster, wanted: WantedInstances, signal: AbortSignal): Promise<Result<readonly Instance[], Problem>>;
}

/** EKS's word on the managed node groups of a cluster. */
export interface ManagedGroups {
  /** By the name of an Auto Scaling group, the managed node group that it belongs to; every page, and each node group asked once. */
  autoScalingGroups(cluster: Cluster, signal: AbortSignal): Promise<Result<ReadonlyMap<string, string>, Problem>>;
}

/** What AWS would make the cluster's next nodes of. */
export interface LaunchDirectory {
  /**
   * Managed node groups and Auto Scaling groups of the cluster with what they launch. What could not be read is a problem, and never an exception.
   * @param named Auto Scaling groups that running machines name: anybody with autoscaling:DeleteTags can take the cluster's tags off a group
   */
  groups(cluster: Cluster, signal: AbortSignal, named?: readonly string[]): Promise<FoundGroups>;
}

export interface FoundGroups extends LaunchedGroups {
  readonly problems: readonly Problem[];
  /** Why some of them were not asked for. */
  readonly notes?: readonly Problem[];
}

/** Who may reach `nodes/proxy` by a cluster's RBAC objects, and which identity its API server sees in our calls; without AWS credentials no principals. */
export interface RbacGrants extends Partial<IamPrincipals> {
  /** Every ClusterRole that reaches it or aggregates others, and the bindings of those, from lists that were read to their end. */
  grants(cluster: Cluster, signal: AbortSignal): Promise<Result<ReadGrants, Problem>>;
  /** The data of the ConfigMap kube-system/aws-auth, unparsed; `undefined` when there is none. */
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

/** The principals that EKS lets into a cluster by access entries, each with its access policies. */
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
   * Reads the nodes as they come; batches, retries and concurrency are its own affair. Yields exactly one reading a node, in any order.
   * Stops early when the signal aborts: what is left is yielded as `deadline`.
   */
  read(
    cluster: Cluster,
    nodes: AsyncIterable<ClusterNode> | Iterable<ClusterNode>,
    signal: AbortSignal,
  ): AsyncIterable<NodeReading>;
  /** What every report should say of the way in which a cluster was read, once it is read. */
  notes?(cluster: Cluster): readonly Problem[];
}

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
  readonly instanceLookup?: InstanceLookup;
  /** Absent where AWS is not asked. */
  readonly managedGroups?: ManagedGroups;
  /** AWS's launch templates, and Karpenter's node pools. Empty where the setting `nextNode` is off. */
  readonly launchDirectories: readonly LaunchDirectory[];
  readonly kubeletSources: readonly KubeletSource[];
  /** Absent when the API server is not a source. */
  readonly rbacGrants?: RbacGrants;
  readonly findings: FindingStore;
  /** Absent in a terminal: then nothing is held back, and no finding is archived that this run alone cannot judge. */
  readonly memory?: RunMemory;
  /** Closes the connections to a cluster's API server once its audit is over. The next request opens new ones. */
  release(cluster: Cluster): void;
}

/** What an audit of the caller's own clusters touches. */
export interface Ports extends AuditPorts {
  readonly clusters: ClusterDirectory;
}
