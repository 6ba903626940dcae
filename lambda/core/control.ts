import type { SettingPath } from './kubelet/settings.ts';
import type { Cluster, ClusterNode, KubeletFacts, Verdict } from './model.ts';

export type Severity = 'INFORMATIONAL' | 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL';

/** The versions of the CIS Amazon EKS Benchmark whose numbering is known. */
export const benchmarks = [
  'cis-eks-1.2.0',
  'cis-eks-1.4.0',
  'cis-eks-1.5.0',
  'cis-eks-1.7.0',
  'cis-eks-1.8.0',
] as const;
export type Benchmark = (typeof benchmarks)[number];

/** A control is data and one predicate; the next control is one file and one line in controls/index.ts. */
export interface Control {
  /** Stable identity, forever: findings are known by it. A number is not an identity, it changes with the benchmark. */
  readonly slug: string;
  /** What must hold, in our own words, at most 100 characters. */
  readonly title: string;
  /** Why it matters: one or two sentences in our own words. */
  readonly rationale: string;
  /** The setting that the control is about; flag and texts are generated from it. */
  readonly setting: SettingPath;
  /** What the setting must be, as the end of the sentence "expected …". */
  readonly expected: string;
  readonly severity: Severity;
  /** Its number and whether it is automated or manual, for each benchmark version that has it. */
  readonly numbers: Partial<
    Record<Benchmark, { readonly number: string; readonly assessment: 'automated' | 'manual' }>
  >;
  /** Whether a kubelet that refuses the API server is a strong sign that this control fails (then unread means `warn`). */
  readonly suspectWhenRefused: boolean;
  /** The predicate: one kubelet's facts → its verdict. Never `pass` from a setting that is unknown. */
  readonly judge: (facts: KubeletFacts, surroundings?: Surroundings) => Verdict;
}

/** What a control may need besides the kubelet's own facts: the cluster's CA, the kind of node, the time for an expiry. */
export interface Surroundings {
  readonly now?: Date;
  readonly cluster?: Cluster;
  readonly node?: ClusterNode;
}
