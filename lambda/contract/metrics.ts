/** CloudWatch namespace of the run's metrics. */
export const metricsNamespace = 'EksKubeletAudit';

/** What a run says about itself in that namespace, once, when it is done; without dimensions, so that each is one metric to pay for. */
export const runMetrics = [
  'RunsCompleted',
  /** 1 when everything that was to be looked at was looked at, else 0. */
  'Complete',
  'Gaps',
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
  'EstimatedCostUsd',
] as const;
export type RunMetric = (typeof runMetrics)[number];
