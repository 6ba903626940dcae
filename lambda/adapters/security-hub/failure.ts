import { defaultProductArn } from '../../core/findings/identity.ts';
import type { Place, Problem } from '../../core/model/model.ts';
import { switchHubOn } from '../../core/run/new-gaps.ts';
import {
  accountProblem,
  awsErrorName,
  awsErrorText,
  badCredentials,
  isAccessDenied,
  isBadCredentials,
  isThrottled,
  placeText,
  statusOf,
} from '../aws-access.ts';

type Action = 'securityhub:BatchImportFindings' | 'securityhub:GetFindings';

const passing = ['InternalException', 'InternalServerException', 'ServiceUnavailableException'];

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

/** The rate of the account and Region, which all who write there share. Security Hub calls it a limit too. */
export const isTooFast = (error: unknown): boolean =>
  isThrottled(error) || awsErrorName(error) === 'LimitExceededException';

/** A fault of the service or of the network: the same call may go well later. */
export const isPassing = (error: unknown): boolean =>
  passing.includes(awsErrorName(error)) || (statusOf(error) ?? 0) >= 500 || isNetwork(error);

const isNetwork = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === 'TimeoutError' || ('code' in error && networkCodes.includes(String(error.code))));

/** Whether AWS answered at all. Any other error, unless the network's, is a defect of this program. */
const isAnswer = (error: unknown): boolean => statusOf(error) !== undefined;

/** Names that Security Hub gives to "not enabled here": of a whole call, and of one finding. */
export const isSwitchedOff = (name: string): boolean => name === 'InvalidAccessException' || name === 'InvalidAccess';

/** What stops every call to this Security Hub, as a problem to report once; `undefined` for a defect of this program, to be rethrown. */
export function securityHubProblem(error: unknown, action: Action, place: Place): Problem | undefined {
  const where = placeText(place);
  const said = awsErrorText(error);

  const barred = accountProblem(error, { action, place });
  if (barred) return barred;
  if (isSwitchedOff(awsErrorName(error))) return switchedOff(place);
  if (isAccessDenied(error)) return forbidden(action, place, said);
  if (isBadCredentials(error)) return badCredentials(error, `Security Hub of ${where}`);
  if (!isPassing(error) && !isAnswer(error)) return undefined;
  return {
    code: 'security-hub-unreachable',
    message: `Security Hub of ${where} does not answer ${action} (${said})`,
    remedy: 'run the audit again; sending the same findings twice is harmless',
  };
}

export const switchedOff = (place: Place): Problem => ({
  code: 'security-hub-off',
  message: `Security Hub CSPM is not enabled in ${placeText(place)}`,
  remedy: switchHubOn,
});

const forbidden = (action: Action, place: Place, said: string): Problem => {
  const resource = action === 'securityhub:BatchImportFindings' ? defaultProductArn(place) : hubArn(place);

  return {
    code: 'security-hub-forbidden',
    message: `this principal may not call ${action} in ${placeText(place)} (${said})`,
    remedy: `allow ${action} on ${resource} to a principal of account ${place.accountId}: Security Hub takes findings only from their own account`,
  };
};

const hubArn = ({ partition, region, accountId }: Place): string =>
  `arn:${partition}:securityhub:${region}:${accountId}:hub/default`;
