import { SecurityHubClient } from '@aws-sdk/client-securityhub';
import { type AwsAccess, clientSettings } from '../aws-access.ts';

/** A client for one account and Region. It sends once: retries and rates are the store's own (patient-call.ts), which knows what a batch holds. */
export const securityHubClient = (access: AwsAccess): SecurityHubClient =>
  new SecurityHubClient({ ...clientSettings(access), maxAttempts: 1 });
