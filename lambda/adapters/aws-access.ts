import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { errorLine } from '../core/error-text.ts';

/** What a client needs to call AWS: a Region, and credentials (the SDK's own chain when absent). */
export interface AwsAccess {
  readonly region: string;
  readonly credentials?: AwsCredentials;
}

export type AwsCredentials = ReturnType<typeof fromNodeProviderChain>;

/** The SDK's chain: environment, SSO, profiles, container and instance roles; `profile` chooses one of the shared configuration. */
export const awsCredentials = (profile?: string): AwsCredentials => fromNodeProviderChain(profile ? { profile } : {});

/** The name of an AWS error (`AccessDeniedException`), however it was thrown. */
export const awsErrorName = (error: unknown): string => (error instanceof Error ? error.name : 'UnknownError');

/** Its name and its words, `AccessDeniedException: User: … is not authorized …`, on one bounded line: AWS puts no secret there. */
export const awsErrorText = (error: unknown): string => `${awsErrorName(error)}: ${errorLine(error)}`;

/** Whether a call was refused for missing rights, by any of the names that AWS services use. */
export const isAccessDenied = (error: unknown): boolean =>
  ['AccessDeniedException', 'AccessDenied', 'UnauthorizedOperation', 'UnauthorizedException'].includes(
    awsErrorName(error),
  );

/** Whether the credentials themselves are missing, wrong or expired: nothing in this account can be asked. */
export const isBadCredentials = (error: unknown): boolean =>
  [
    'CredentialsProviderError',
    'ExpiredToken',
    'ExpiredTokenException',
    'UnrecognizedClientException',
    'InvalidClientTokenId',
    'InvalidSignatureException',
    'SignatureDoesNotMatch',
    'AuthFailure',
  ].includes(awsErrorName(error));
