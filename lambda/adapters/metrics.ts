import { MetricUnit, Metrics as Powertools } from '@aws-lambda-powertools/metrics';
import { metricDimensions, metricsNamespace } from '../contract/metrics.ts';
import type { Metrics } from '../core/ports.ts';

/**
 * CloudWatch metrics by the embedded metric format, a line of the function's log: no call, no right. All have the dimensions of
 * contract/metrics.ts; what else there is to know stands beside them in the log, where it costs nothing.
 */
export function powertoolsMetrics(): Metrics {
  return {
    publish(values, about) {
      const metrics = new Powertools({ namespace: metricsNamespace, serviceName: metricDimensions.service });

      // One unit for ever: a metric with two is two metrics.
      for (const [name, value] of Object.entries(values)) metrics.addMetric(name, MetricUnit.NoUnit, value);
      for (const [name, value] of Object.entries(about)) metrics.addMetadata(name, value);
      metrics.publishStoredMetrics();
    },
  };
}
