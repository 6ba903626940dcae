import { SSMClient } from '@aws-sdk/client-ssm';
import type { AwsAccess } from '../aws-access.ts';

/** SSM publishes no rate limits and throttles bursts: adaptive retries slow down instead of failing. */
export const ssmClient = ({ region, credentials }: AwsAccess): SSMClient =>
  new SSMClient({ region, ...(credentials && { credentials }), retryMode: 'adaptive', maxAttempts: 6 });
