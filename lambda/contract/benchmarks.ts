/** The versions of the CIS Amazon EKS Benchmark whose numbering is known. */
export const benchmarks = [
  'cis-eks-1.2.0',
  'cis-eks-1.4.0',
  'cis-eks-1.5.0',
  'cis-eks-1.7.0',
  'cis-eks-1.8.0',
  'cis-eks-2.0.0',
] as const;
export type Benchmark = (typeof benchmarks)[number];

/** Its controls are judged under `auto`, and it gives stored numbers their meaning there (docs/decisions/controls.md). */
export const defaultBenchmark: Benchmark = 'cis-eks-1.8.0';

/** The values of the setting: one version, or `auto` for the numbers that fit each cluster's Kubernetes version. */
export const benchmarkChoices = ['auto', ...benchmarks] as const;
export type BenchmarkChoice = (typeof benchmarkChoices)[number];

/** Which numbers `auto` shows from which minor version of Kubernetes on, the newest first, and who says so. */
export const benchmarksByKubernetes = [
  // kube-bench@a73ce378 gives 1.34 to 1.8.0, and what is newer to 1.5.0.
  { from: 34, benchmark: 'cis-eks-2.0.0', source: 'our choice: its own words name 1.34 and 1.35' },
  { from: 32, benchmark: 'cis-eks-1.8.0', source: 'kube-bench@a73ce378' },
  { from: 29, benchmark: 'cis-eks-1.7.0', source: 'kube-bench@a73ce378' },
] as const;

/** Where the numbers of a version come from, if not from its own text. */
export const numberSources: Readonly<Partial<Record<Benchmark, string>>> = {
  'cis-eks-2.0.0': 'as kube-bench has it (b3b9261, 5a982dd); CIS’s own text was not read',
};
