import { productName } from './names.ts';

export const metricsNamespace = 'EksKubeletAudit';

/**
 * The dimensions of every metric of a run. To CloudWatch each combination of dimensions is another metric: who asks for a metric names exactly these. The
 * embedded metric format wants one at least; one that never varies costs nothing.
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
