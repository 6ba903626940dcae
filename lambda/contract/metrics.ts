import { productName } from './names.ts';

export const metricsNamespace = 'EksKubeletAudit';

/**
 * The dimensions of every metric of a run. CloudWatch takes each combination of dimensions for another metric, so a reader names exactly these. The
 * embedded metric format needs at least one; a constant one is free.
 */
export const metricDimensions = { service: productName } as const;

/** Metrics of a run, sent once at its end. */
export const runMetrics = [
  'RunsCompleted',
  'Gaps',
  /** The gaps that the run before did not have. */
  'NewGaps',
  'FailedItems',
  'Accounts',
  'Clusters',
  'Nodes',
  'UnreadableNodes',
  'VerdictsPass',
  'VerdictsFail',
  'VerdictsWarn',
  'VerdictsUnknown',
  'FindingsChanged',
  'DurationSeconds',
] as const;
export type RunMetric = (typeof runMetrics)[number];

/** The metric of a sweep in that namespace, sent once at its end. */
export const sweepMetric = 'SweepsCompleted';
