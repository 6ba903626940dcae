import { Logger } from '@aws-lambda-powertools/logger';
import { MetricUnit, Metrics as Powertools } from '@aws-lambda-powertools/metrics';
import { metricDimensions, metricsNamespace } from '../contract/metrics.ts';
import { productName } from '../contract/names.ts';
import { withoutSecrets } from '../core/model/text/without-secrets.ts';
import type { Log } from '../flow/ports.ts';
import type { Metrics } from '../flow/run/ports.ts';

/** Far above a stack trace, far below what CloudWatch Logs refuses (256 KB a line). */
const longestText = 8_000;

/**
 * Structured logs, one JSON object a line, by Powertools for AWS Lambda. The level is Lambda's own setting (`AWS_LAMBDA_LOG_LEVEL`).
 * @param keys what every line carries, such as the request id
 */
export function powertoolsLog(keys: Readonly<Record<string, string>> = {}): Log {
  const logger = new Logger({ serviceName: productName, persistentKeys: { ...keys }, jsonReplacerFn: fitToLog });

  return {
    debug: (message, fields = {}) => logger.debug(message, { ...fields }),
    info: (message, fields = {}) => logger.info(message, { ...fields }),
    warn: (message, fields = {}) => logger.warn(message, { ...fields }),
    error: (message, fields = {}) => logger.error(message, { ...fields }),
  };
}

/** Errors of clients carry requests, headers and bodies: only what an operator reads is logged, and never a token. */
function fitToLog(_key: string, value: unknown): unknown {
  if (value instanceof Error) return errorFields(value);
  if (typeof value === 'string') return withoutSecrets(value.slice(0, 2 * longestText)).slice(0, longestText);
  return value;
}

const errorFields = (error: Error) => ({
  name: error.name,
  message: error.message,
  stack: error.stack,
  ...('code' in error && { code: error.code }),
  ...(error.cause !== undefined && { cause: error.cause }),
});

/**
 * CloudWatch metrics by the embedded metric format, a line of the function's log: no API call and no permission. All have the dimensions of
 * contract/metrics.ts. Further values are beside them in the log, where they cost nothing.
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
