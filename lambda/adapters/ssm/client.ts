import { SSMClient } from '@aws-sdk/client-ssm';
import { type AwsAccess, patientSettings } from '../aws-access.ts';

/** SSM publishes no rate limits and throttles bursts; what these retries do not ride out, ssm-call.ts does. */
export const ssmClient = (access: AwsAccess): SSMClient => new SSMClient(patientSettings(access));
