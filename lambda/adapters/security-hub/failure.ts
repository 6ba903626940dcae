import { defaultProductArn } from '../../core/findings/product-arn.ts';
import type { ClusterArn, Problem } from '../../core/model.ts';
import { awsErrorName, awsErrorText, isAccessDenied, isBadCredentials } from '../aws-access.ts';

type Action = 'securityhub:BatchImportFindings' | 'securityhub:GetFindings';

const passing = [
  'TooManyRequestsException',
  'ThrottlingException',
  'Throttling',
  'LimitExceededException',
  'InternalException',
  'InternalServerException',
  'ServiceUnavailableException',
];

const networkCodes = [
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
];

/** Throttled, a fault of the service or of the network: the same call may go well later. */
export const isPassing = (error: unknown): boolean =>
  passing.includes(awsErrorName(error)) || (statusOf(error) ?? 0) >= 500 || isNetwork(error);

const isNetwork = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === 'TimeoutError' || ('code' in error && networkCodes.includes(String(error.code))));

/** The HTTP status of an answer that AWS, or something on the way to it, gave. */
function statusOf(error: unknown): number | undefined {
  const metadata = error instanceof Error && '$metadata' in error ? error.$metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;

  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

/** Whether AWS answered at all: anything else thrown, if not the network's, is a bug of ours. */
const isAnswer = (error: unknown): boolean => statusOf(error) !== undefined;

/** Names that Security Hub gives to "not enabled here": of a whole call, and of one finding. */
export const isSwitchedOff = (name: string): boolean => name === 'InvalidAccessException' || name === 'InvalidAccess';

/** What stops every call to this Security Hub, as a problem to report once; `undefined` for a bug of ours, to be thrown on. */
export function problemOf(error: unknown, action: Action, arn: ClusterArn): Problem | undefined {
  const place = `account ${arn.accountId}, ${arn.region}`;
  const said = awsErrorText(error);

  if (isSwitchedOff(awsErrorName(error))) return switchedOff(arn);
  if (isAccessDenied(error)) return forbidden(action, arn, said);
  if (isBadCredentials(error)) {
    return {
      code: 'credentials-unusable',
      message: `AWS does not accept these credentials for Security Hub of ${place} (${said})`,
      remedy: 'sign in again (aws sso login, or new keys), or choose others with --profile',
    };
  }
  if (!isPassing(error) && !isAnswer(error)) return undefined;
  return {
    code: 'security-hub-unreachable',
    message: `Security Hub of ${place} does not answer ${action} (${said})`,
    remedy: 'run the audit again; sending the same findings twice is harmless',
  };
}

export const switchedOff = (arn: ClusterArn): Problem => ({
  code: 'security-hub-off',
  message: `Security Hub CSPM is not enabled in account ${arn.accountId}, ${arn.region}`,
  remedy: `enable it (aws securityhub enable-security-hub --no-enable-default-standards --region ${arn.region}), or audit without publishing`,
});

const forbidden = (action: Action, arn: ClusterArn, said: string): Problem => {
  const resource = action === 'securityhub:BatchImportFindings' ? defaultProductArn(arn) : hubArn(arn);

  return {
    code: 'security-hub-forbidden',
    message: `this principal may not call ${action} in account ${arn.accountId}, ${arn.region} (${said})`,
    remedy: `allow ${action} on ${resource} to a principal of account ${arn.accountId}: Security Hub takes findings only from their own account`,
  };
};

const hubArn = ({ partition, region, accountId }: ClusterArn): string =>
  `arn:${partition}:securityhub:${region}:${accountId}:hub/default`;
