import type { LabCredentials } from '../lab/aws/identities.ts';
import type { Lab } from '../lab/lab.ts';

/** The variables by which a program calls the lab with these credentials. */
export const sessionEnvironment = (
  { endpoint }: Pick<Lab, 'endpoint'>,
  region: string,
  { accessKeyId, secretAccessKey, sessionToken = '' }: LabCredentials,
): Readonly<Record<string, string>> => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_SESSION_TOKEN: sessionToken,
});
