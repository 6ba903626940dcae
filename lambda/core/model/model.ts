import * as z from 'zod/mini';
import type { FindingTransition } from '../../contract/events.ts';
import type { AccessState, AccessStatus } from './access-states.ts';
import { assumptions } from './assumptions.ts';
import {
  caBundleFacts,
  fileFacts,
  type Model,
  proof,
  servingCertificateFacts,
  unknownFact,
  userDataOrigin,
} from './node-facts.ts';
import type { PublishResult } from './published.ts';
import type { Result } from './result.ts';
import { type FlagName, settingPaths } from './settings.ts';
import { longestOwner } from './text/words.ts';

// What is stored, sent between steps or saved to a file has a schema here, and its type is inferred from it.

const text = z.string();
const yes = z.literal(true);

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
export const nodeGroup = z.looseObject({ kind: z.enum(nodeGroupKinds), name: text });
export type NodeGroup = Model<typeof nodeGroup>;

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
  /** Names in its tags that EKS takes for no cluster's. */
  readonly otherNames?: readonly string[];
  /** It has none of the tags by which the member role may send it a command (`clusterNameTags`). */
  readonly notAdmitted?: true;
  /** When EC2 launched it, or SSM registered it; ISO 8601. */
  readonly launchedAt?: string;
  /** Since when its primary network interface is attached: unlike the launch, a stop and a start leave it as it is. */
  readonly attachedAt?: string;
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
const launchTemplate = z.looseObject({ id: text, version: z.exactOptional(text) });
export type LaunchTemplate = Model<typeof launchTemplate>;

/** Whether AWS confirms that this node is the machine that it says it is. SSM is used for confirmed machines only. */
const machine = z.discriminatedUnion('status', [
  z.looseObject({ status: z.literal('confirmed'), instanceId: text }),
  z.looseObject({ status: z.literal('unconfirmed'), because: text }),
  z.looseObject({ status: z.literal('none'), because: text }),
]);
export type Machine = Model<typeof machine>;

export const clusterNode = z.looseObject({
  /** The EC2 instance id, the `mi-…` id, or the node's name (`node/NAME` where that is another's id): the same from every inventory, and unique in it. */
  key: text,
  /** The Node object's name; absent when only AWS knows this node (inventory by tags). */
  name: z.exactOptional(text),
  machine,
  kind: z.enum(nodeKinds),
  group: nodeGroup,
  /** `v1.34.9-eks-…` as the Node object says; absent when only AWS knows the node. */
  kubeletVersion: z.exactOptional(text),
  osImage: z.exactOptional(text),
  /** The AMI, by AWS's word. */
  imageId: z.exactOptional(text),
  launchTemplate: z.exactOptional(launchTemplate),
  /** What the machine's tag `ownerTag` says (`ownerClaim`): who may tag the machine decides it, and no verdict depends on it. */
  owner: z.exactOptional(text.check(z.maxLength(longestOwner))),
  /** The Node object's InternalIP: a claim, dialled by the `tls` source only, and only inside the cluster's own networks. */
  internalIp: z.exactOptional(text),
  /** The port that the Node object names for its kubelet, where it is another than 10250: a claim, dialled at the node's own address only. */
  kubeletPort: z.exactOptional(z.int()),
  /** AWS confirms this machine, and that `internalIp` is an address of one of its network interfaces. */
  addressConfirmed: z.exactOptional(yes),
  /** Another node of the cluster claims the same InternalIP: nothing that answers there speaks for either. */
  internalIpShared: z.exactOptional(yes),
  /** A reason why no verdict about this node may be trusted (two nodes claim one instance, an instance of another cluster). */
  distrust: z.exactOptional(text),
  /** Why its group is only a claim, of a tag or of the node itself: no waiver that names a group counts for it. */
  groupUnconfirmed: z.exactOptional(text),
  /** AWS says that the machine was launched less than 15 minutes ago, or is starting or stopping. If it can't be read, that is no gap yet. */
  booting: z.exactOptional(yes),
  /** Its machine failed when it was judged last: nothing but its end excuses it. */
  failedBefore: z.exactOptional(yes),
  /** A running machine of the cluster that the API server does not list. */
  unlisted: z.exactOptional(yes),
  /**
   * Only its Node object says that it exists. AWS was asked, and shows no machine of it in the cluster's VPC: `elsewhere` when the object names an EC2
   * instance all the same.
   */
  claimed: z.exactOptional(z.enum(['without-machine', 'elsewhere'])),
  /** EC2 confirms that instance, with its name and address, in another VPC. */
  inOtherVpc: z.exactOptional(yes),
  /** Its machine has none of the tags by which the member role may send it a command. */
  notAdmitted: z.exactOptional(yes),
  /** Names of other clusters whose tags its machine carries. */
  alsoTaggedFor: z.exactOptional(z.array(text)),
  /** Of a node that does not exist yet: where its node group is declared. */
  declaredAt: z.exactOptional(z.looseObject({ file: text, line: z.int().check(z.nonnegative()) })),
});
export type ClusterNode = Model<typeof clusterNode>;

/** Where the value of a setting comes from. */
const origin = z.discriminatedUnion('from', [
  z.looseObject({ from: z.literal('running') }),
  z.looseObject({ from: z.literal('flag'), flag: text }),
  z.looseObject({ from: z.literal('drop-in'), file: text }),
  z.looseObject({ from: z.literal('file'), file: text }),
  z.looseObject({
    from: z.literal('default'),
    of: z.enum(['configuration file', 'no configuration file', 'EKS-optimized AMI']),
    /** The drop-in that takes the configuration file's value away. */
    deletedBy: z.exactOptional(text),
  }),
  userDataOrigin,
  /** Looked at on the node itself: a file's mode, a certificate. */
  z.looseObject({ from: z.literal('node'), file: text }),
  /** Shown by the kubelet's TLS handshake. */
  z.looseObject({ from: z.literal('handshake') }),
  /** Shown by what the kubelet answered when it refused the API server. */
  z.looseObject({ from: z.literal('answer') }),
  /** Of the cluster itself: its RBAC objects, and the principals that EKS lets in. */
  z.looseObject({ from: z.literal('grants') }),
]);
export type Origin = Model<typeof origin>;

/**
 * One setting of one kubelet. `value: undefined` means that it is known to be unset and that the kubelet has no default for it. `unknown` is for the
 * one setting that could not be determined (two spellings of a key, a `null` of an unmeasured version).
 */
const settingFact = z.discriminatedUnion('state', [
  z.looseObject({
    state: z.literal('known'),
    // JSON leaves out what is known to be unset.
    value: z.prefault(z.union([text, z.number(), z.boolean(), z.undefined()]), undefined),
    origin,
    /** Set where a file that says so changed after the kubelet started: which one. It is then the value of the next start, and what runs is not known. */
    pendingRestart: z.exactOptional(text),
    /** Set where a later flag, which the pasted command line doesn't show, may change the value: it counts against the kubelet only. */
    mayGoOn: z.exactOptional(text),
  }),
  unknownFact,
]);
export type SettingFact = Model<typeof settingFact>;

/** The allow-listed settings of one kubelet, each with its origin. Nothing else that a node says leaves an adapter. */
export const kubeletFacts = z.looseObject({
  via: z.enum(vias),
  settings: z.record(z.enum(settingPaths), settingFact),
  /** Flags that no configuration file can set; absent when the command line was not seen (configz, TLS). */
  flags: z.exactOptional(z.looseObject({ 'hostname-override': settingFact } satisfies Record<FlagName, unknown>)),
  /** What a reader of the verdict should know: an assumed version, a file edited after the start. One sentence each, bounded. */
  notes: z.array(text),
  /** What the reading takes for granted. */
  assumes: z.exactOptional(z.array(z.enum(assumptions))),
  /** The folder whose drop-ins the kubelet merges over its configuration file, where its command line names one. */
  dropInFolder: z.exactOptional(text),
  /** SSM only: modes and owners of the kubelet's files. */
  files: z.exactOptional(fileFacts),
  /** SSM only: what was found at the path of the client CA. Absent when no client CA is set, or it was not looked at. */
  clientCa: z.exactOptional(caBundleFacts),
  /** direct, tls and wire only: the certificate that the kubelet showed. */
  servingCertificate: z.exactOptional(servingCertificateFacts),
  /** For an auditor. */
  proof: z.exactOptional(proof),
});
export type KubeletFacts = Model<typeof kubeletFacts>;

/** One setting whose running value is not the one that the node's files give after a restart. */
export const drift = z.looseObject({
  setting: z.enum(settingPaths),
  /** The running value as text, `(not set)` when unset. */
  running: text,
  /** The value after a restart, and where it then comes from. */
  afterRestart: text,
  origin,
  /** `edited-not-restarted`: a restart changes the value. `lost-at-boot`: the file is rewritten when the node boots, so the next boot undoes the edit. */
  kind: z.enum(['edited-not-restarted', 'lost-at-boot']),
  /** In words that a person understands. */
  because: text,
});
export type Drift = Model<typeof drift>;

/** A fault wider than one node: reported once, never stops the others. */
export const problem = z.looseObject({
  /** Stable, kebab-case: `nodes-proxy-forbidden`, `document-missing`, `security-hub-off`, … */
  code: text,
  /** What is wrong, with the value. Lower case, no full stop. */
  message: text,
  /** What to do next. */
  remedy: text,
});
export type Problem = Model<typeof problem>;

/** Why a source could not read a node. */
export const readFailure = z.looseObject({
  via: z.enum(vias),
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
  kind: z.enum([
    'kubelet-refused',
    'kubelet-denied',
    'node-gone',
    'cluster',
    'unreadable',
    'not-tried',
    'deadline',
    'interrupted',
  ]),
  /** One bounded, printable sentence: what answered, and what it means. */
  because: text,
  /** A look at the machine itself found no kubelet on it. */
  noKubelet: z.exactOptional(yes),
  /** The node, or the API server's dial to it, ran into a time limit: twenty of these without one success stop configz for the cluster. */
  timedOut: z.exactOptional(yes),
  /** The kubelet called the API server `system:anonymous`: only one that lets anonymous clients in does. */
  anonymousIsOn: z.exactOptional(yes),
  /** What the kubelet showed of its certificate before it could not be read any further. */
  servingCertificate: z.exactOptional(servingCertificateFacts),
  /** The cluster-wide problem behind it; reported once for the cluster, never once for each node. */
  problem: z.exactOptional(problem),
});
export type ReadFailure = Model<typeof readFailure>;

export interface NodeReading {
  readonly node: ClusterNode;
  /** What Systems Manager says of a machine that has no Node object to say it: its system, and the kind of node that this makes it. */
  readonly system?: Required<Pick<ClusterNode, 'kind' | 'osImage'>>;
  readonly result: Result<KubeletFacts, ReadFailure>;
}

export const holderKinds = ['User', 'Group', 'ServiceAccount', 'IAM'] as const;

/** What a waiver says beside a verdict. Texts are bounded and printable. */
const waiverMark = z.looseObject({
  /** The last day on which it holds, `2026-12-31`, in UTC. */
  until: text,
  /** The person who is responsible for it. */
  by: text,
  reason: text,
});
export type WaiverMark = Model<typeof waiverMark>;

/** A principal that holds a right in a cluster. Texts are bounded and printable. */
const heldRight = z.looseObject({
  kind: z.enum(holderKinds),
  /** For a service account `NAMESPACE/NAME`, for an IAM principal its ARN. */
  name: text,
  /** `system`: Kubernetes or EKS grants it. `allowed`: a setting allows it until a date. `expired`: that date is past. */
  standing: z.enum(['system', 'allowed', 'expired', 'not-allowed']),
  /** How it comes by it: the bindings and roles, the access policies. */
  ways: z.array(text),
  /** It is this audit. */
  ours: z.exactOptional(yes),
  /** It may hold it: AWS does not publish what its access policy allows. */
  unsure: z.exactOptional(yes),
  allowance: z.exactOptional(waiverMark),
});
export type HeldRight = Model<typeof heldRight>;

/** What was seen, where it came from, and what was expected. */
const evidence = z.looseObject({
  /** The setting's path, or the name of what was looked at (`mode of the kubeconfig file`). */
  setting: text,
  /** The value as text, `(not set)` when unset. Bounded and printable. */
  value: text,
  expected: text,
  origin,
  /** `apis`: not a node, but the APIs of Kubernetes and AWS were read. */
  via: z.enum([...vias, 'apis']),
  notes: z.array(text),
  kubeletVersion: z.exactOptional(text),
  proof: z.exactOptional(proof),
  /** For a control about who holds a right: all holders, those that no setting allows first; at most 200. */
  holders: z.exactOptional(z.array(heldRight)),
});
export type Evidence = Model<typeof evidence>;

export const verdict = z.discriminatedUnion('status', [
  z.looseObject({ status: z.literal('pass'), evidence }),
  z.looseObject({
    status: z.literal('fail'),
    evidence,
    /** A person has accepted this failure until a date. It stays a failure: evidence is evidence. */
    waived: z.exactOptional(waiverMark),
    /** A person had, and the date is past. */
    waiverExpired: z.exactOptional(waiverMark),
  }),
  z.looseObject({
    status: z.literal('warn'),
    because: text,
    evidence: z.exactOptional(evidence),
    /** The failure that is suspected here would be waived, so it opens no alert. It is not proved, so it is not `waived` either. */
    covered: z.exactOptional(waiverMark),
  }),
  z.looseObject({
    status: z.enum(['unknown', 'not-applicable']),
    because: text,
    /** SHA-256 of each script part of user data that may change what passes; a waiver can name it. */
    scripts: z.exactOptional(z.array(text)),
    /** A person has accepted these scripts until a date. It stays unknown. */
    accepted: z.exactOptional(waiverMark),
  }),
]);
export type Verdict = Model<typeof verdict>;

export type VerdictStatus = Verdict['status'];

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

export type { AccessStatus } from './access-states.ts';

export interface Access {
  /** The summary verdict of the state: fail, warn, unknown, waived, pass. */
  readonly status: AccessStatus;
  /** Who gets in, by the table of states. */
  readonly state: AccessState;
  /** Each open door by name. */
  readonly because: string;
  /** The verdict of each door, waivers counted; absent in results of an older program. */
  readonly doors?: Readonly<Record<string, AccessStatus>>;
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

export const inventory = z.looseObject({
  /** From the API server, or only from AWS's tags. `saved`: one node whose files were given by hand. */
  from: z.enum(['kubernetes', 'tags', 'saved', 'none']),
  /** The list of nodes is whole. */
  complete: z.boolean(),
  /** AWS could not fully list the cluster's machines. Node groups may have other names than usual, so no finding is archived. */
  machinesUnknown: z.exactOptional(yes),
  /** Instances of this cluster that AWS says are terminated: of an incomplete list, only their findings are archived. */
  terminated: z.exactOptional(z.array(text)),
  /** Machines that a sweep saw failing and of which EC2, asked by id, shows none pending or running any more. */
  sweptAndGone: z.exactOptional(z.array(text)),
  /**
   * Running machines with the cluster's tags that the API server does not list and on which SSM found no kubelet. They may be bastions, machines
   * that never joined, or machines whose root hides the kubelet. They are counted, not judged. While they are there, no remembered failure of their
   * node group ends.
   */
  withoutKubelet: z.exactOptional(z.array(clusterNode)),
  /** Node objects of instances that don't run in the cluster's VPC. They are counted and named, not judged, and hold nothing back. */
  claims: z.exactOptional(z.array(clusterNode)),
  /**
   * Running machines with the tags of another cluster too that this cluster's API server does not list, and listed ones that EC2 shows in another VPC.
   * They are a gap, not judged. While they are there, no remembered failure of their node group ends.
   */
  contested: z.exactOptional(z.array(clusterNode)),
});
type Inventory = Model<typeof inventory>;

export interface ClusterAudit {
  readonly cluster: Cluster;
  /** ISO 8601, when the cluster's audit began. */
  readonly auditedAt: string;
  readonly inventory: Inventory;
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
  /** Failures and warnings without a waiver that the account's Security Hub hides; absent where that is not known. */
  readonly suppressed?: number;
  /** What to announce. Absent where there is no memory of earlier announcements, as in a terminal. */
  readonly transitions?: readonly Transition[];
}

/**
 * A change that is announced once, whether or not Security Hub took the finding. Its texts are written by this program, bounded and printable.
 * - `opened`: a failure or a warning began. `resolved`: it passes, is waived or is gone.
 * - `suppressed`: it fails, and somebody hides its finding in the account, without a waiver. `overwritten`: somebody else changed its finding.
 * - `unreadable`: what was proved before could not be read for too long. `withdrawn`: its control or scope was taken out of the audit; whether it is
 *   fixed is not known.
 */
export interface Transition
  extends Omit<
    FindingTransition,
    'version' | 'runId' | 'findingShown' | 'accountId' | 'region' | 'cluster' | 'clusterArn' | 'page' | 'head'
  > {
  readonly kind: 'opened' | 'suppressed' | 'overwritten' | 'resolved' | 'unreadable' | 'withdrawn';
  readonly cluster: ClusterArn;
}
