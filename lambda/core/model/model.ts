import type { FindingTransition } from '../../contract/events.ts';
import type { CaBundleFacts, FileFacts, Proof, ServingCertificateFacts, UserDataOrigin } from './node-facts.ts';
import type { PublishResult } from './published.ts';
import type { Result } from './result.ts';
import type { FlagName, SettingPath, SettingValue } from './settings.ts';

/**
 * How a node's facts were read:
 * - `direct`: the running kubelet on its own port; `configz`: the same through the API server.
 * - `ssm`: a shell on the node; `tls`: its TLS handshake; `files`: files given by hand.
 */
export const vias = ['direct', 'configz', 'ssm', 'tls', 'wire', 'files'] as const;
export type Via = (typeof vias)[number];

/** One account's Region: where an AWS call goes, and with whose credentials. */
export interface Place {
  /** `aws`, `aws-cn`, `aws-us-gov`, … */
  readonly partition: string;
  readonly accountId: string;
  readonly region: string;
}

/** A parsed cluster ARN, `arn:PARTITION:eks:REGION:ACCOUNT:cluster/NAME`. Every other ARN of a finding is built from it, partition included. */
export interface ClusterArn extends Place {
  readonly arn: string;
  readonly name: string;
}

/** How to reach a cluster's API server. Public and private access are AWS's word, from DescribeCluster. */
export interface ClusterEndpoint {
  readonly url: string;
  /** The cluster's CA in PEM; every TLS connection to `url` is verified against it. */
  readonly caPem: string;
  /** SHA-256 of each certificate of `caPem`: several while EKS rotates the CA. Empty when they could not be read. */
  readonly caFingerprints: readonly string[];
  readonly publicAccess: boolean;
  readonly privateAccess: boolean;
  readonly publicAccessCidrs: readonly string[];
}

export interface Cluster {
  readonly name: string;
  /** Absent when a kubeconfig or a kubectl proxy names no EKS cluster: such a cluster can be audited, not published. */
  readonly arn?: ClusterArn;
  /** Regions of its account with a cluster of the same name, where its tokens are valid too; absent where nobody looked. */
  readonly namesakes?: readonly string[];
  /** What leads to its API server, where that is not EKS: it decides what can be done about a problem. */
  readonly reachedBy?: 'kubeconfig' | 'proxy';
  /** The kubeconfig believes any server that answers at its address (insecure-skip-tls-verify). */
  readonly tlsNotVerified?: true;
  /** As of a node: the claim of its own tag, for machines that have none. */
  readonly owner?: string;
  /** `ACTIVE`, `UPDATING`, … as EKS says it; absent outside EKS. */
  readonly status?: string;
  /** Kubernetes version of the control plane, `1.34`. */
  readonly version?: string;
  readonly endpoint?: ClusterEndpoint;
  /** `API`, `API_AND_CONFIG_MAP` or `CONFIG_MAP`. */
  readonly authenticationMode?: string;
  /** What AWS itself says it runs: a node's own claim to be Auto Mode or Fargate counts only when AWS agrees. */
  readonly compute: { readonly autoMode: boolean; readonly fargate: boolean; readonly hybrid: boolean };
  /** Where its nodes may have their addresses, by AWS's word: the VPC, and CIDRs of hybrid nodes outside of it; absent outside EKS. */
  readonly network?: { readonly vpcId?: string; readonly remoteNodeNetworks: readonly string[] };
}

/** The EC2 instance id, the `mi-…` id, or the node's name (`node/NAME` where that is another's id): the same from every inventory, and unique in it. */
type NodeKey = string;

export const nodeKinds = [
  'al2',
  'al2023',
  'bottlerocket',
  'ubuntu',
  'linux',
  'windows',
  'hybrid',
  'auto-mode',
  'fargate',
] as const;
export type NodeKind = (typeof nodeKinds)[number];

/** What one remedies together, and what survives autoscaling. */
export const nodeGroupKinds = [
  'managed',
  'karpenter',
  'auto-scaling-group',
  'auto-mode',
  'fargate',
  'hybrid',
  'self-managed',
] as const;

/** What one fixes together, and what survives autoscaling. */
export interface NodeGroup {
  readonly kind: (typeof nodeGroupKinds)[number];
  readonly name: string;
}

/** An instance as AWS describes it (EC2 tags, or SSM for hybrid nodes): the only trusted link from a node to a machine. */
export interface Instance {
  /** `i-…` or `mi-…` */
  readonly id: string;
  /** `pending`, `running`, `stopping`, `stopped`, `shutting-down`, `terminated`; `running` for a hybrid node that SSM knows. */
  readonly state: string;
  /** Absent where EC2 names none, and for hybrid machines. */
  readonly vpcId?: string;
  /** Names of the clusters that its tags name, in the order of the names. */
  readonly clusters?: readonly string[];
  /** It has none of the tags by which the member role may send it a command (`clusterNameTags`). */
  readonly notAdmitted?: true;
  /** When EC2 launched it, or SSM registered it; ISO 8601. */
  readonly launchedAt?: string;
  readonly group?: NodeGroup;
  readonly autoScalingGroup?: string;
  readonly groupUnconfirmed?: ClusterNode['groupUnconfirmed'];
  readonly platform: 'linux' | 'windows';
  readonly privateDnsName?: string;
  /** Its primary private address, IPv4 where it has one. */
  readonly privateIp?: string;
  /** The primary private address of each of its network interfaces, and their IPv6 addresses; absent where AWS does not know them (hybrid). */
  readonly addresses?: readonly string[];
  readonly imageId?: string;
  readonly launchTemplate?: LaunchTemplate;
  readonly owner?: ClusterNode['owner'];
}

/** The launch template that an instance was made from, as its Auto Scaling group or Karpenter tagged it. */
export interface LaunchTemplate {
  readonly id: string;
  readonly version?: string;
}

/** Whether AWS confirms that this node is the machine that it says it is. SSM is used for confirmed machines only. */
export type Machine =
  | { readonly status: 'confirmed'; readonly instanceId: string }
  | { readonly status: 'unconfirmed'; readonly because: string }
  | { readonly status: 'none'; readonly because: string };

export interface ClusterNode {
  readonly key: NodeKey;
  /** The Node object's name; absent when only AWS knows this node (inventory by tags). */
  readonly name?: string;
  readonly machine: Machine;
  readonly kind: NodeKind;
  readonly group: NodeGroup;
  /** `v1.34.9-eks-…` as the Node object says; absent when only AWS knows the node. */
  readonly kubeletVersion?: string;
  readonly osImage?: string;
  /** The AMI, by AWS's word. */
  readonly imageId?: string;
  readonly launchTemplate?: LaunchTemplate;
  /** What the machine's tag `ownerTag` says (`ownerClaim`): who may tag the machine decides it, and no verdict depends on it. */
  readonly owner?: string;
  /** The Node object's InternalIP: a claim, dialled by the `tls` source only, and only inside the cluster's own networks. */
  readonly internalIp?: string;
  /** The port that the Node object names for its kubelet, where it is another than 10250: a claim, dialled at the node's own address only. */
  readonly kubeletPort?: number;
  /** AWS confirms this machine, and that `internalIp` is an address of one of its network interfaces. */
  readonly addressConfirmed?: true;
  /** Another node of the cluster claims the same InternalIP: nothing that answers there speaks for either. */
  readonly internalIpShared?: true;
  /** A reason why no verdict about this node may be trusted (two nodes claim one instance, an instance of another cluster). */
  readonly distrust?: string;
  /** Why its group is only a claim, of a tag or of the node itself: no waiver that names a group counts for it. */
  readonly groupUnconfirmed?: string;
  /** AWS says that the machine was launched less than 15 minutes ago, or is starting or stopping. If it can't be read, that is no gap yet. */
  readonly booting?: true;
  /** A running machine of the cluster that the API server does not list. */
  readonly unlisted?: true;
  /**
   * Only its Node object says that it exists. AWS was asked, and shows no machine of it in the cluster's VPC: `elsewhere` when the object names an EC2
   * instance all the same.
   */
  readonly claimed?: 'without-machine' | 'elsewhere';
  /** Its machine has none of the tags by which the member role may send it a command. */
  readonly notAdmitted?: true;
  /** Names of other clusters whose tags its machine carries. */
  readonly alsoTaggedFor?: readonly string[];
  /** Of a node that does not exist yet: where its node group is declared. */
  readonly declaredAt?: { readonly file: string; readonly line: number };
}

/** Where the value of a setting comes from. */
export type Origin =
  | { readonly from: 'running' }
  | { readonly from: 'flag'; readonly flag: string }
  | { readonly from: 'drop-in'; readonly file: string }
  | { readonly from: 'file'; readonly file: string }
  /** `deletedBy`: the drop-in that takes the configuration file's value away. */
  | {
      readonly from: 'default';
      readonly of: 'configuration file' | 'no configuration file' | 'EKS-optimized AMI';
      readonly deletedBy?: string;
    }
  | UserDataOrigin
  /** Looked at on the node itself: a file's mode, a certificate. */
  | { readonly from: 'node'; readonly file: string }
  /** Shown by the kubelet's TLS handshake. */
  | { readonly from: 'handshake' }
  /** Shown by what the kubelet answered when it refused the API server. */
  | { readonly from: 'answer' }
  /** Of the cluster itself: its RBAC objects, and the principals that EKS lets in. */
  | { readonly from: 'grants' };

/**
 * One setting of one kubelet. `value: undefined` means that it is known to be unset and that the kubelet has no default for it. `unknown` is for the
 * one setting that could not be determined (two spellings of a key, a `null` of an unmeasured version).
 */
export type SettingFact =
  | {
      readonly state: 'known';
      readonly value: SettingValue | undefined;
      readonly origin: Origin;
      /** Set where a file that says so changed after the kubelet started: which one. It is then the value of the next start, and what runs is not known. */
      readonly pendingRestart?: string;
    }
  | { readonly state: 'unknown'; readonly because: string };

/** The allow-listed settings of one kubelet, each with its origin. Nothing else that a node says leaves an adapter. */
export interface KubeletFacts {
  readonly via: Via;
  readonly settings: Readonly<Record<SettingPath, SettingFact>>;
  /** Flags that no configuration file can set; absent when the command line was not seen (configz, TLS). */
  readonly flags?: Readonly<Record<FlagName, SettingFact>>;
  /** What a reader of the verdict should know: an assumed version, a file edited after the start. One sentence each, bounded. */
  readonly notes: readonly string[];
  /** SSM only: modes and owners of the kubelet's files. */
  readonly files?: FileFacts;
  /** SSM only: what was found at the path of the client CA. Absent when no client CA is set, or it was not looked at. */
  readonly clientCa?: CaBundleFacts;
  /** direct, tls and wire only: the certificate that the kubelet showed. */
  readonly servingCertificate?: ServingCertificateFacts;
  /** For an auditor. */
  readonly proof?: Proof;
}

/** One setting whose running value is not the one that the node's files give after a restart. */
export interface Drift {
  readonly setting: SettingPath;
  /** The running value as text, `(not set)` when unset. */
  readonly running: string;
  /** The value after a restart, and where it then comes from. */
  readonly afterRestart: string;
  readonly origin: Origin;
  /** `edited-not-restarted`: a restart changes the value. `lost-at-boot`: the file is rewritten when the node boots, so the next boot undoes the edit. */
  readonly kind: 'edited-not-restarted' | 'lost-at-boot';
  /** In words that a person understands. */
  readonly because: string;
}

/** Why a source could not read a node. */
export interface ReadFailure {
  readonly via: Via;
  /**
   * - `kubelet-refused`: the kubelet itself refused the API server, the usual answer of a kubelet without a client CA. Leads to `warn` at least.
   * - `kubelet-denied`: the kubelet knew the caller by certificate and denied it: a client CA is set, the rest is unknown.
   * - `node-gone`: the node left after it was listed; it is dropped, unless EC2 shows its machine running.
   * - `cluster`: a fault of the cluster's API, of our credentials or rights, reported once as `problem`.
   * - `unreadable`: everything else that this source cannot get past.
   * - `not-tried`: this source has no way to this node (no SSM on Fargate, no name known to the API server).
   * - `deadline`: time ran out before this node was read.
   * - `interrupted`: a person stopped the audit before it was read.
   */
  readonly kind:
    | 'kubelet-refused'
    | 'kubelet-denied'
    | 'node-gone'
    | 'cluster'
    | 'unreadable'
    | 'not-tried'
    | 'deadline'
    | 'interrupted';
  /** One bounded, printable sentence: what answered, and what it means. */
  readonly because: string;
  /** A look at the machine itself found no kubelet on it. */
  readonly noKubelet?: true;
  /** The node, or the API server's dial to it, ran into a time limit: twenty of these without one success stop configz for the cluster. */
  readonly timedOut?: true;
  /** The kubelet called the API server `system:anonymous`: only one that lets anonymous clients in does. */
  readonly anonymousIsOn?: true;
  /** What the kubelet showed of its certificate before it could not be read any further. */
  readonly servingCertificate?: ServingCertificateFacts;
  /** The cluster-wide problem behind it; reported once for the cluster, never once a node. */
  readonly problem?: Problem;
}

export interface NodeReading {
  readonly node: ClusterNode;
  /** What Systems Manager says of a machine that has no Node object to say it: its system, and the kind of node that this makes it. */
  readonly system?: Required<Pick<ClusterNode, 'kind' | 'osImage'>>;
  readonly result: Result<KubeletFacts, ReadFailure>;
}

/** A fault wider than one node: reported once, never stops the others. */
export interface Problem {
  /** Stable, kebab-case: `nodes-proxy-forbidden`, `document-missing`, `security-hub-off`, … */
  readonly code: string;
  /** What is wrong, with the value. Lower case, no full stop. */
  readonly message: string;
  /** What to do next. */
  readonly remedy: string;
}

/** What was seen, where it came from, and what was expected. */
export interface Evidence {
  /** The setting's path, or the name of what was looked at (`mode of the kubeconfig file`). */
  readonly setting: string;
  /** The value as text, `(not set)` when unset. Bounded and printable. */
  readonly value: string;
  readonly expected: string;
  readonly origin: Origin;
  /** `apis`: not a node, but the APIs of Kubernetes and AWS were read. */
  readonly via: Via | 'apis';
  readonly notes: readonly string[];
  readonly kubeletVersion?: string;
  readonly proof?: Proof;
  /** For a control about who holds a right: all holders, those that no setting allows first; at most 200. */
  readonly holders?: readonly HeldRight[];
}

export const holderKinds = ['User', 'Group', 'ServiceAccount', 'IAM'] as const;

/** A principal that holds a right in a cluster. Texts are bounded and printable. */
export interface HeldRight {
  readonly kind: (typeof holderKinds)[number];
  /** For a service account `NAMESPACE/NAME`, for an IAM principal its ARN. */
  readonly name: string;
  /** `system`: Kubernetes or EKS grants it. `allowed`: a setting allows it until a date. `expired`: that date is past. */
  readonly standing: 'system' | 'allowed' | 'expired' | 'not-allowed';
  /** How it comes by it: the bindings and roles, the access policies. */
  readonly ways: readonly string[];
  /** It is this audit. */
  readonly ours?: true;
  /** It may hold it: AWS does not publish what its access policy allows. */
  readonly unsure?: true;
  readonly allowance?: WaiverMark;
}

export type Verdict =
  | { readonly status: 'pass'; readonly evidence: Evidence }
  | {
      readonly status: 'fail';
      readonly evidence: Evidence;
      /** A person has accepted this failure until a date. It stays a failure: evidence is evidence. */
      readonly waived?: WaiverMark;
      /** A person had, and the date is past. */
      readonly waiverExpired?: WaiverMark;
    }
  | {
      readonly status: 'warn';
      readonly because: string;
      readonly evidence?: Evidence;
      /** The failure that is suspected here would be waived, so it opens no alert. It is not proved, so it is not `waived` either. */
      readonly covered?: WaiverMark;
    }
  | { readonly status: 'unknown' | 'not-applicable'; readonly because: string };

export type VerdictStatus = Verdict['status'];

/** What a waiver says beside a verdict. Texts are bounded and printable. */
export interface WaiverMark {
  /** The last day on which it holds, `2026-12-31`, in UTC. */
  readonly until: string;
  /** The person who is responsible for it. */
  readonly by: string;
  readonly reason: string;
}

/** Everything about one node: what was read, what could not be, and the verdict of each control by its slug. */
export interface NodeAudit {
  readonly node: ClusterNode;
  readonly facts?: KubeletFacts;
  /** What the other sources read, when every source was asked. */
  readonly otherFacts?: readonly KubeletFacts[];
  readonly drift?: readonly Drift[];
  readonly failures: readonly ReadFailure[];
  readonly verdicts: Readonly<Record<string, Verdict>>;
  /** The headline: whether the API server and all clients are authenticated and authorized. Derived, whichever controls were chosen; no finding of its own. */
  readonly access?: Access;
}

export type AccessStatus = VerdictStatus | 'waived';

export interface Access {
  /** The worst of client CA, anonymous access, read-only port and authorization: fail, warn, unknown, waived, pass. */
  readonly status: AccessStatus;
  /** What it comes to, each open door by name. */
  readonly because: string;
}

/** A node that the next launch of a node group would make, judged by what it would get. It is no node: nothing counts it as one. */
export interface NextNodeAudit extends Pick<NodeAudit, 'node' | 'verdicts'> {
  /** Where its configuration is written: `launch template lt-0123456789abcdef0, version 7 (default)`. */
  readonly source: string;
}

export interface NextNodes {
  /** At least one of each node group; several where it launches from several templates. */
  readonly nodes: readonly NextNodeAudit[];
  /** The cluster's node groups were listed to the end: one without a next node is gone. */
  readonly complete: boolean;
  /** Karpenter's node pools were not asked for, so none of them is gone. */
  readonly withoutKarpenter?: true;
}

export interface ClusterAudit {
  readonly cluster: Cluster;
  /** ISO 8601, when the cluster's audit began. */
  readonly auditedAt: string;
  /** Whether the list of nodes is whole: from the API server, or only from AWS's tags. `saved`: one node whose files were given by hand. */
  readonly inventory: {
    readonly from: 'kubernetes' | 'tags' | 'saved' | 'none';
    readonly complete: boolean;
    /** AWS could not fully list the cluster's machines. Node groups may have other names than usual, so no finding is archived. */
    readonly machinesUnknown?: true;
    /** Instances of this cluster that AWS says are terminated: of an incomplete list, only their findings are archived. */
    readonly terminated?: readonly string[];
    /** Machines that a sweep saw failing and of which EC2, asked by id, shows none pending or running any more. */
    readonly sweptAndGone?: readonly string[];
    /**
     * Running machines with the cluster's tags that the API server does not list and on which SSM found no kubelet. They may be bastions, machines
     * that never joined, or machines whose root hides the kubelet. They are counted, not judged. While they are there, no remembered failure of their
     * node group ends.
     */
    readonly withoutKubelet?: readonly ClusterNode[];
    /** Node objects of instances that don't run in the cluster's VPC. They are counted and named, not judged, and hold nothing back. */
    readonly claims?: readonly ClusterNode[];
    /**
     * Running machines with the tags of another cluster too that this cluster's API server does not list. They are a gap, not judged. While they are
     * there, no remembered failure of their node group ends.
     */
    readonly contested?: readonly ClusterNode[];
  };
  readonly nodes: readonly NodeAudit[];
  /** What the node groups' next nodes will be; absent where the setting `nextNode` is off. */
  readonly nextNodes?: NextNodes;
  /** The verdict of each control about the cluster itself, by its slug; absent when none was chosen. */
  readonly clusterVerdicts?: Readonly<Record<string, Verdict>>;
  /** Slugs: the controls that were judged, and those left out because the audit's sources can't show them and no option names them. */
  readonly controls: { readonly lookedAt: readonly string[]; readonly leftOut: readonly string[] };
  readonly problems: readonly Problem[];
  /** What a reader should know and that kept nothing from being read: a source that stood aside for the next one. */
  readonly notes?: readonly Problem[];
  /** What became of the findings; absent when nothing was published. */
  readonly published?: PublishResult;
  /** Failures and warnings without a waiver that are suppressed in the account's Security Hub; absent where that is not known. */
  readonly suppressed?: number;
  /** What to announce. Absent where there is no memory of earlier announcements, as in a terminal. */
  readonly transitions?: readonly Transition[];
}

/**
 * A change that is announced once, whether or not Security Hub took the finding. Its texts are written by this program, bounded and printable.
 * - `opened`: a failure or a warning began. `resolved`: it passes, is waived or is gone.
 * - `suppressed`: it fails, and somebody suppressed its finding in the account, without a waiver.
 * - `unreadable`: what was proved before could not be read for too long. `withdrawn`: its control or scope was taken out of the audit; whether it is
 *   fixed is not known.
 */
export interface Transition
  extends Omit<
    FindingTransition,
    'version' | 'runId' | 'findingShown' | 'accountId' | 'region' | 'cluster' | 'clusterArn' | 'page'
  > {
  readonly kind: 'opened' | 'suppressed' | 'resolved' | 'unreadable' | 'withdrawn';
  readonly cluster: ClusterArn;
}
