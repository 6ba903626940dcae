import type { Family } from '../judge/control.ts';

/** ASFF's `namespace/category/classifier` of a finding. */
export const findingTypes = {
  benchmark: 'Software and Configuration Checks/Industry and Regulatory Standards/CIS Amazon EKS Benchmark',
  own: 'Software and Configuration Checks/AWS Security Best Practices',
} as const satisfies Record<Family, string>;
