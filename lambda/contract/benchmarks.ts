/** The versions of the CIS Amazon EKS Benchmark whose numbering is known. */
export const benchmarks = [
  'cis-eks-1.2.0',
  'cis-eks-1.4.0',
  'cis-eks-1.5.0',
  'cis-eks-1.7.0',
  'cis-eks-1.8.0',
] as const;
export type Benchmark = (typeof benchmarks)[number];
export const defaultBenchmark: Benchmark = 'cis-eks-1.8.0';
