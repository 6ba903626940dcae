import { SSMClient } from '@aws-sdk/client-ssm';
import { StandardRetryStrategy } from '@smithy/core/retry';
import { type AwsAccess, clientSettings, patientSettings } from '../aws-access.ts';

/** SSM publishes no rate limits and throttles bursts; what these retries do not ride out, ssm-call.ts does. */
export const ssmClient = (access: AwsAccess): SSMClient => new SSMClient(patientSettings(access));

/** For calls that are paced (ssm-pace.ts): a throttled call comes back at once, so that the pace learns of it. */
export const pacedSsmClient = (access: AwsAccess): SSMClient =>
  new SSMClient({ ...clientSettings(access), retryStrategy: new NetworkRetry(4) });

/** Repeats what the network or a broken server cut off, and nothing that SSM throttled. */
class NetworkRetry extends StandardRetryStrategy {
  override async refreshRetryTokenForRetry(
    ...[token, error]: Parameters<StandardRetryStrategy['refreshRetryTokenForRetry']>
  ): ReturnType<StandardRetryStrategy['refreshRetryTokenForRetry']> {
    if (error.errorType === 'THROTTLING') throw new Error('a throttled call is not repeated here');
    return super.refreshRetryTokenForRetry(token, error);
  }
}
