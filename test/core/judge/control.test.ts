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

it('knows the versions of the benchmark from the oldest, and severities from the least', () => {
  const versions = ['1.2.0', '1.4.0', '1.5.0', '1.7.0', '1.8.0', '2.0.0'];
  expect(benchmarks).toEqual(versions.map((each) => `cis-eks-${each}`));
  expect(defaultBenchmark).toBe('cis-eks-1.8.0');
  expect(severities).toEqual(['INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL']);
});
