import { EKSClient } from '@aws-sdk/client-eks';
import { type AwsAccess, patientSettings } from '../aws-access.ts';

/** EKS publishes no rate limits and throttles DescribeCluster in large estates. */
export const eksClient = (access: AwsAccess): EKSClient => new EKSClient(patientSettings(access));
