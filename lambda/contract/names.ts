/** Names that the program, its infrastructure and people's own policies share. A name changed here changes every side. */

/** Package, command line, and first part of every GeneratorId, Id and ProductFields name of a finding. */
export const productName = 'eks-kubelet-audit';

/** Prefix by which this program's findings are found: every custom tool of the account shares the default product ARN. */
export const generatorIdPrefix = `${productName}/`;

/** The functions of the hub, and the roles under which they run: fixed and without path, since trust policies name them. */
export const hubFunctions = {
  /** Starts the run of the schedule, unless one is still going. */
  start: { functionName: 'eks-kubelet-audit-start', roleName: 'EksKubeletAuditStart' },
  /** Lists accounts, Regions and clusters. */
  discover: { functionName: 'eks-kubelet-audit-discover', roleName: 'EksKubeletAuditDiscover' },
  /** Audits one item: a cluster, or an account's Region. */
  audit: { functionName: 'eks-kubelet-audit-item', roleName: 'EksKubeletAuditItem' },
  /** Counts what a run found. */
  summarise: { functionName: 'eks-kubelet-audit-summarise', roleName: 'EksKubeletAuditSummarise' },
} as const;
export type HubFunction = keyof typeof hubFunctions;

/**
 * The role that reads clusters and writes findings, in every audited account, also the hub's own. It has a fixed name and no path, since access
 * entries die with a recreated role.
 */
export const memberRoleName = 'EksKubeletAuditMember';

/** The state machine that a run is one execution of. */
export const stateMachineName = 'EksKubeletAudit';

/** The state machine of which each item of a sweep is one execution. */
export const sweepMachineName = 'EksKubeletAuditSweep';

/** The parameterless SSM Command document that reads a node's kubelet. */
export const probeDocumentName = 'EksKubeletAudit-KubeletProbe';

/** First word of the probe's answer, with the version of its format: raised with every change that an older program could not read. */
export const probeAnswerMarker = 'eks-kubelet-audit-probe/4';

/** The Kubernetes group that the access entry of the audit's role names; it is bound to a ClusterRole of the same name. */
export const kubernetesGroup = 'eks-kubelet-audit';

/** Tags whose value is the cluster's name: managed node groups, Auto Mode and Karpenter, and those that AWS sets itself. */
export const clusterNameTags = ['eks:cluster-name', 'eks:eks-cluster-name', 'aws:eks:cluster-name'] as const;

/** The tags of an instance that name its node group, the most specific first. */
export const groupTags = [
  ['managed', 'eks:nodegroup-name'],
  ['auto-mode', 'eks:kubernetes-node-pool-name'],
  ['karpenter', 'karpenter.sh/nodepool'],
  ['auto-scaling-group', 'aws:autoscaling:groupName'],
] as const;

/** The tag that the hybrid nodes' activation puts on their managed instances: the cluster's ARN. */
export const hybridClusterTag = 'EKSClusterARN';

/** Results of sweeps, by day and time. */
export const sweepPrefix = 'sweeps/';

/** Where a run leaves what it found, below the bucket of the hub: every key begins so, and no role writes anywhere else. */
export const runPrefix = 'runs/';

/** Days in which S3 keeps what was overwritten or deleted, or has expired, below `runs/`. */
export const noncurrentDaysOfRuns = 14;

/** The items of a run, below `runs/RUN/`: one on each line, which the state machine reads. */
export const itemsFile = 'items.jsonl';

/** Its holder is the current run: there is one at a time. */
export const lockPrefix = 'lock/';
export const runLockKey = `${lockPrefix}run.json`;

/** How long the state machine lets a run go on: one that hangs would keep every later one from starting. */
export const runTimeoutSeconds = 24 * 60 * 60;

/** The memory of the last run, one object per cluster. */
export const memoryPrefix = 'memory/';

/** The memory of clusters that are gone. It expires: a year of clusters that live for a day has 36,500 names. */
export const goneMemoryPrefix = 'memory/gone/';

/** The memory that sweeps leave for the next run, one object per cluster. */
export const sweepMemoryPrefix = 'memory/sweep/';

/** One line for each cluster and run, kept permanently: how the posture moved. */
export const historyPrefix = 'history/';

/** A line for each machine that a sweep found, one object per sweep with news; kept permanently. */
export const censusPrefix = 'census/';

/** The state that one sweep leaves for the next; no item of a sweep may write it. */
export const sweepStateKey = `${sweepPrefix}state.json`;

/** The signed statement about each run, kept permanently: each names the one that was signed before it. */
export const statementPrefix = 'statements/';

/** The report of the run that was summed up last. */
export const latestPrefix = 'latest/';

/** The deployment's waivers, beside the code of the functions. */
export const waiversFile = 'waivers.yaml';

/** The waivers of a hub that was deployed from a released template: an object of its bucket, which only people write. */
export const waiversKey = `settings/${waiversFile}`;
