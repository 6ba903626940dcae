import { expect, it } from 'vitest';
import { benchmarks, defaultBenchmark, familyOf, isOfCluster, severities } from '../../../lambda/core/judge/control.ts';

it('distinguishes a control of the cluster from those of its kubelets', () => {
  expect(isOfCluster({ about: { kind: 'cluster', what: 'who holds a right' } })).toBe(true);
  expect(isOfCluster({ about: { kind: 'setting', setting: 'readOnlyPort' } })).toBe(false);
});

it('distinguishes a control of a benchmark from a check of the program’s', () => {
  expect(familyOf({ numbers: { 'cis-eks-1.8.0': { number: '3.2.3', assessment: 'automated' } } })).toBe('benchmark');
  expect(familyOf({ numbers: {} })).toBe('own');
});

it('knows the versions of the benchmark, the newest as the default, and severities from the least', () => {
  expect(benchmarks).toEqual(['cis-eks-1.2.0', 'cis-eks-1.4.0', 'cis-eks-1.5.0', 'cis-eks-1.7.0', 'cis-eks-1.8.0']);
  expect(defaultBenchmark).toBe(benchmarks.at(-1));
  expect(severities).toEqual(['INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL']);
});
