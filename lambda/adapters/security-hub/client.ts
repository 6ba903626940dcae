import { SecurityHubClient } from '@aws-sdk/client-securityhub';
import type { AwsAccess } from '../aws-access.ts';

/** A client for one account and Region. It sends once: retries and rates are the store's own (patient-call.ts), which knows what a batch holds. */
export const securityHubClient = ({ region, credentials }: AwsAccess): SecurityHubClient =>
  new SecurityHubClient({
    region,
    ...(credentials && { credentials }),
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
  });
