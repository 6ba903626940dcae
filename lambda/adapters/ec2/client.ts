import type { EC2Client } from '@aws-sdk/client-ec2';
import type { Place } from '../../core/model/model.ts';
import { type AwsAccess, patientSettings } from '../aws-access.ts';

/** Gives the client of an account's Region: instances, networks and Regions share one. */
export type Ec2Clients = (place: Place) => Promise<EC2Client>;

/** Loaded when it is first used: client-ec2 is the largest SDK client, and an audit that never needs it should not pay for it. */
export async function ec2Client(access: AwsAccess): Promise<EC2Client> {
  const { EC2Client } = await import('./sdk.ts');
  return new EC2Client(patientSettings(access));
}
