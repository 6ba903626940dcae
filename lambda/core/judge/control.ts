import type { Benchmark } from '../../contract/benchmarks.ts';
import type { Cluster, ClusterNode, KubeletFacts, Verdict } from '../model/model.ts';
import type { FileFacts, Proof } from '../model/node-facts.ts';
import type { FlagName, SettingPath } from '../model/settings.ts';
import type { ProxyGrants } from './proxy-holders.ts';
import type { Waiver } from './waivers/waiver.ts';

export {
  type Benchmark,
  type BenchmarkChoice,
  benchmarks,
  benchmarksByKubernetes,
  defaultBenchmark,
} from '../../contract/benchmarks.ts';

export const severities = ['INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;
export type Severity = (typeof severities)[number];

/** `manual`: the benchmark leaves the judgement to a person; this audit judges all the same, and says so. */
export type Assessment = 'automated' | 'manual';

export type Numbers = Readonly<
  Partial<Record<Benchmark, { readonly number: string; readonly assessment: Assessment }>>
>;

/** What a control is about. Names, flags and every text about where to look or what to change are generated from it. */
export type About =
  /** A setting of the configuration file, and the flag that overrides it. */
  | { readonly kind: 'setting'; readonly setting: SettingPath }
  /** A flag that no configuration file can set. */
  | { readonly kind: 'flag'; readonly flag: FlagName }
  /** Mode and owner of a file that a flag of the same name names. */
  | { readonly kind: 'file'; readonly file: keyof FileFacts; readonly property: 'mode' | 'owner' }
  /** What is inside of the file that a setting names. */
  | { readonly kind: 'content'; readonly setting: SettingPath }
  /** What a connection to the kubelet shows, before anything is asked of it. */
  | { readonly kind: 'connection'; readonly what: 'shown serving certificate' }
  /** The cluster itself, and no kubelet of it: `judgeCluster` judges. */
  | { readonly kind: 'cluster'; readonly what: string };

/** A control is data and one predicate; the next one is one call, one line in controls/index.ts and one fixture (CONTRIBUTING.md). */
export interface Control {
  /** Stable identity, forever: findings are known by it. A number is not an identity, it changes with the benchmark. */
  readonly slug: string;
  readonly about: About;
  /** What is required, in our own words, at most 100 characters. It reads the same beside pass and fail. */
  readonly title: string;
  /** A failure in two to five words, as a table has room for them: `no client CA`. */
  readonly failure: string;
  /** Why it matters: one or two sentences in our own words. */
  readonly rationale: string;
  /** What must be seen, as the end of the sentence "expected …". */
  readonly expected: string;
  readonly severity: Severity;
  /** Its number and whether it is automated or manual, for each benchmark version that has it. Empty for this program's own checks, which every set holds. */
  readonly numbers: Numbers;
  /** Other catalogues that ask for the same. */
  readonly alsoKnownAs?: { readonly cisKubernetes?: string; readonly stig?: string };
  /** Whether a kubelet that refuses the API server is a strong sign that this control fails (then unread means `warn`). */
  readonly suspectWhenRefused: boolean;
  /** Set where the running configuration shows two values alike that this control distinguishes. Then only files and flags can decide. */
  readonly runningIsAmbiguous?: true;
  /** How to fix it, where the words that are generated from `about` do not fit: one or two sentences. */
  readonly remedy?: string;
  /** What a reader of a verdict should know beforehand: where sources or other tools differ. One sentence each. */
  readonly caveats?: readonly string[];
  /** The predicate: one kubelet's facts → its verdict. Never `pass` from a setting that is unknown. */
  readonly judge: (facts: KubeletFacts, options?: JudgeOptions) => Verdict;
  /** Judged only when it is named: it needs permissions that no other control needs. */
  readonly optIn?: true;
  /** The predicate of a control about the cluster itself. Never `pass` where something could not be read. */
  readonly judgeCluster?: (facts: ClusterFacts, options: JudgeClusterOptions) => Verdict;
}

/** Whether a control has one verdict a cluster, and none a node. */
export const isOfCluster = ({ about }: Pick<Control, 'about'>): boolean => about.kind === 'cluster';

/** `benchmark`: it has a number in at least one version. `own`: a check that no benchmark has. */
export type Family = 'benchmark' | 'own';

export const familyOf = ({ numbers }: Pick<Control, 'numbers'>): Family =>
  Object.keys(numbers).length > 0 ? 'benchmark' : 'own';

/** What a control may need beside the kubelet's own facts: the cluster's CA, the kind of node, the time for an expiry, what other sources read. */
export interface JudgeOptions {
  readonly now?: Date;
  readonly cluster?: Cluster;
  readonly node?: ClusterNode;
  readonly otherFacts?: readonly KubeletFacts[];
}

/** What was read of a cluster itself. */
export interface ClusterFacts {
  readonly grants: ProxyGrants;
  /** Proof of the lists of RBAC objects; absent when they were not read. */
  readonly proof?: Proof;
  /** What could not be read, one sentence each: then nothing passes. */
  readonly unread: readonly string[];
}

export interface JudgeClusterOptions {
  readonly cluster: Cluster;
  readonly waivers: readonly Waiver[];
  readonly now: Date;
}
