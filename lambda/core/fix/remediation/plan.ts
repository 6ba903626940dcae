import type { ClusterArn, NodeGroup, NodeKind } from '../../model/model.ts';
import type { SettingPath, SettingValue } from '../../model/settings.ts';

/** How a failing control is fixed where the bad value comes from. In the order in which the steps of one node group are made. */
export const methods = [
  /** The file of the client CA is refilled first, since no kubelet starts without it. */
  'ca-bundle',
  /** chmod, chown: nothing restarts. */
  'file-mode',
  'file-owner',
  /** The file that `--config` names: the benchmark's first remediation. */
  'config-file',
  /** The drop-in of `--config-dir` that sets, empties or deletes the value. */
  'config-drop-in',
  /** The arguments in the unit's environment: the benchmark's second remediation. */
  'systemd-arguments',
  /** The same where the kubelet is a snap. */
  'snap-arguments',
  /** The files are right already and the kubelet was not restarted since. */
  'restart',
  /** Bottlerocket's API. */
  'settings-api',
  /** Nothing is changed on the node: its launch template, image or bootstrap is, and the node is replaced. */
  'image',
  /** AWS runs the kubelet. */
  'not-ours',
] as const;
export type Method = (typeof methods)[number];

/** Who performs a step: the runbook, with a rollback; a person, by the commands shown; AWS. */
export type Maker = 'runbook' | 'person' | 'aws';

/** Whether what a step changes is still there after the node boots again, and on the node that takes its place. */
export interface Survives {
  /** `unknown`: which system the node has was not seen, and so not what its bootstrap does at a boot. */
  readonly reboot: boolean | 'unknown';
  readonly replacement: boolean;
}

export interface PlannedNode {
  readonly key: string;
  readonly name?: string;
  /** Only where AWS confirms that the node is this machine: nothing else is ever touched. */
  readonly instanceId?: string;
  readonly kind: NodeKind;
}

/**
 * One difference. `before` is absent where nothing is set; a node's own text in it is printable and bounded. `file` is absent where this program does
 * not edit the node's path.
 */
export type Change =
  | {
      readonly kind: 'setting';
      readonly file?: string;
      readonly format: 'json' | 'yaml';
      readonly setting: SettingPath;
      readonly before?: SettingValue;
      readonly after: SettingValue;
    }
  | {
      readonly kind: 'argument';
      /** Where the kubelet's arguments of this kind of node are written, the first one first. */
      readonly places: readonly string[];
      readonly before?: string;
      readonly after: string;
    }
  | { readonly kind: 'mode' | 'owner'; readonly file?: string; readonly before: string; readonly after: string }
  | { readonly kind: 'bundle'; readonly file?: string; readonly sha256: readonly string[] }
  /** A setting of Bottlerocket, `kubernetes.standalone-mode`, in TOML's spelling. */
  | { readonly kind: 'option'; readonly option: string; readonly after: string };

/** The same thing to do on each of its nodes. */
export interface Step {
  readonly method: Method;
  readonly by: Maker;
  readonly nodes: readonly PlannedNode[];
  /** Slugs. */
  readonly controls: readonly string[];
  /** Why this method: where the bad value comes from. */
  readonly because: string;
  readonly changes: readonly Change[];
  /** For a person on the node, in order; every value in them is quoted. */
  readonly commands: readonly string[];
  readonly survives: Survives;
  /** What may go wrong, and what to look at before. One sentence each. */
  readonly cautions: readonly string[];
}

/** One step of one node for one control, before it is joined with its like. */
export type NodeStep = Omit<Step, 'nodes' | 'controls'> & { readonly control: string };

export interface SkippedStep {
  readonly control: string;
  readonly notPlanned: string;
}

type Lists = Pick<NodeStep, 'changes' | 'commands' | 'cautions'>;
export const nodeStep = (step: Omit<NodeStep, keyof Lists> & Partial<Lists>): NodeStep => ({
  changes: [],
  commands: [],
  cautions: [],
  ...step,
});

/** Nothing is changed on the node: a person changes how it is made, and replaces it. */
export const byImage = (step: Pick<NodeStep, 'control' | 'because'> & Partial<Lists>): NodeStep =>
  nodeStep({ ...step, method: 'image', by: 'person', survives: { reboot: true, replacement: true } });

/** An image may set it itself, too. */
export const hostnameCaution = (who: string): string =>
  `${who} set it themselves, to the name under which EC2 knows the instance: then it is to be accepted, since IAM lets the kubelet in under that name only`;

export interface Snippet {
  readonly fileName: string;
  readonly language: 'yaml' | 'json' | 'toml' | 'shell' | 'powershell' | 'mime';
  /** What to do with it, one sentence. */
  readonly use: string;
  readonly text: string;
}

/** What keeps new and rebooted nodes of one kind right. */
export interface LastingFix {
  readonly kind: NodeKind;
  readonly controls: readonly string[];
  /** As the findings' `Remediation` says it, each text once. */
  readonly words: readonly string[];
  readonly url: string;
  /** Where the behaviour is written down by which this text was made. */
  readonly source: string;
  readonly snippets: readonly Snippet[];
  /** How the change reaches the nodes. */
  readonly rollOut: string;
  readonly survives: Survives;
}

/** One setting of a launch template by which the next node of the group fails. A person makes a new version of the template; nothing here changes one. */
export interface TemplateFix {
  /** Its slug. */
  readonly control: string;
  /** Template, version, part, line and key, as findings name them. */
  readonly place: string;
  readonly from: string;
  readonly to: string;
  /** The line before and after; absent where it may hold more than this setting. */
  readonly line?: readonly [before: string, after: string];
}

/** What fails or may fail, and has no step. */
export interface NotPlanned {
  readonly control: string;
  readonly nodes: readonly PlannedNode[];
  readonly because: string;
}

export interface GroupPlan {
  readonly group: NodeGroup;
  /** Every node with a step, by key. */
  readonly nodes: readonly PlannedNode[];
  readonly steps: readonly Step[];
  readonly lasting: readonly LastingFix[];
  /** Absent where launch templates were not looked at, or none has to be changed. */
  readonly templates?: readonly TemplateFix[];
  readonly notPlanned: readonly NotPlanned[];
}

export interface RemediationPlan {
  readonly cluster: { readonly name: string; readonly arn?: ClusterArn };
  readonly auditedAt: string;
  /** SHA-256 of each certificate that a client CA must hold: the cluster's own, as DescribeCluster has them. Empty when that is not known. */
  readonly trust: readonly string[];
  readonly groups: readonly GroupPlan[];
}

/** What the runbook is started with for one node: control slugs and fingerprints, never a value. */
export interface RunbookNode {
  readonly key: string;
  readonly instanceId: string;
  readonly controls: readonly string[];
  readonly trust: readonly string[];
}
