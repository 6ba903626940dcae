import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { type AwsAccess, patientSettings } from '../aws-access.ts';

/** Organizations is one for all Regions of a partition; the SDK finds it from any of them. */
export const organizationsClient = (access: AwsAccess): OrganizationsClient =>
  new OrganizationsClient(patientSettings(access));
