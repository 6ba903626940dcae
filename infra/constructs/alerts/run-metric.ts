import type { Duration } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import {
  metricDimensions,
  metricsNamespace,
  type RunMetric,
  type sweepMetric,
} from '../../../lambda/contract/metrics.ts';

/** What runs said about themselves: one value a run, so that the largest of a period is that of its worst run. */
export const runMetric = (
  name: RunMetric | typeof sweepMetric,
  period: Duration,
  statistic: string = Stats.MAXIMUM,
): Metric =>
  new Metric({
    namespace: metricsNamespace,
    metricName: name,
    dimensionsMap: metricDimensions,
    statistic,
    period,
  });
