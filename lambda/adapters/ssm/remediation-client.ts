import { SSMClient } from '@aws-sdk/client-ssm';
import { type AwsAccess, clientSettings } from '../aws-access.ts';

/** Sends nothing twice: SendCommand has no token, and a remedy whose answer was lost would be begun a second time on the same machine. */
export const singleAttemptClient = (access: AwsAccess): SSMClient =>
  new SSMClient({ ...clientSettings(access), maxAttempts: 1 });
