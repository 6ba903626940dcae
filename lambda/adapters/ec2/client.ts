import type { EC2Client } from '@aws-sdk/client-ec2';
import type { AwsAccess } from '../aws-access.ts';

/** Gives the client of a Region: instances and networks share one. */
export type Ec2Clients = (region: string) => Promise<EC2Client>;

/** Loaded when it is first used: client-ec2 is the largest SDK client, and an audit that never needs it should not pay for it. */
export async function ec2Client({ region, credentials }: AwsAccess): Promise<EC2Client> {
  const { EC2Client } = await import('@aws-sdk/client-ec2');
  return new EC2Client({ region, ...(credentials && { credentials }), retryMode: 'adaptive', maxAttempts: 6 });
}
