import { EKSClient } from '@aws-sdk/client-eks';
import type { AwsAccess } from '../aws-access.ts';

/** EKS publishes no rate limits and throttles DescribeCluster in large estates: adaptive retries slow down instead of failing. */
export const eksClient = ({ region, credentials }: AwsAccess): EKSClient =>
  new EKSClient({ region, ...(credentials && { credentials }), retryMode: 'adaptive', maxAttempts: 6 });
