import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import type { ProblemCode } from '../contract/problem-codes.ts';
import type { Place, Problem } from '../core/model/model.ts';
import { OperatorError } from '../core/model/operator-error.ts';
import { err, ok, type Result } from '../core/model/result.ts';
import { errorLine } from '../core/model/text/words.ts';

/** What a client needs to call AWS: a Region, and credentials (the SDK's own chain when absent). */
export interface AwsAccess {
  readonly region: string;
  readonly credentials?: AwsCredentials;
  /** Shared by the clients of many accounts, whose calls go to the same hosts; a client's own when absent. */
  readonly sockets?: AwsSockets;
}

export type AwsCredentials = ReturnType<typeof fromNodeProviderChain>;

/** An account, without a Region: what credentials are for. */
export type AccountPlace = Pick<Place, 'partition' | 'accountId'>;

/** The SDK's chain: environment, SSO, profiles, container and instance roles; `profile` chooses one of the shared configuration. */
export const awsCredentials = (profile?: string): AwsCredentials => fromNodeProviderChain(profile ? { profile } : {});

export interface AwsSockets {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
}

/** One pool of kept connections for all clients: a client that is let go leaves no socket behind. */
export function awsSockets(): AwsSockets & { close(): void } {
  const kept = { keepAlive: true, maxSockets: 256 };
  const sockets = { httpAgent: new HttpAgent(kept), httpsAgent: new HttpsAgent(kept) };

  return {
    ...sockets,
    close() {
      sockets.httpAgent.destroy();
      sockets.httpsAgent.destroy();
    },
  };
}

/** What all clients have in common. A host that does not answer costs seconds, not the whole audit. */
export const clientSettings = ({ region, credentials, sockets }: AwsAccess) => ({
  region,
  ...(credentials && { credentials }),
  requestHandler: {
    connectionTimeout: 5_000,
    requestTimeout: 30_000,
    throwOnRequestTimeout: true,
    ...(sockets && { httpAgent: sockets.httpAgent, httpsAgent: sockets.httpsAgent }),
  },
});

/** For services that publish no rates and throttle bursts: adaptive retries slow down instead of failing. */
export const patientSettings = (access: AwsAccess) => ({
  ...clientSettings(access),
  retryMode: 'adaptive' as const,
  maxAttempts: 8,
});

/** The name of an AWS error (`AccessDeniedException`), in whatever way it was thrown. */
export const awsErrorName = (error: unknown): string => (error instanceof Error ? error.name : 'UnknownError');

/** Its name and its words, `AccessDeniedException: User: … is not authorized …`, on one bounded line: AWS puts no secret there. */
export function awsErrorText(error: unknown): string {
  if (!isForeignAnswer(error)) return `${awsErrorName(error)}: ${errorLine(error)}`;
  const status = statusOf(error);
  const answer = `the answer${status === undefined ? '' : ` (${status})`}`;
  const check = 'check AWS_ENDPOINT_URL, HTTPS_PROXY and the network';
  return `${answer} does not come from AWS, but from a proxy or another server; ${check}`;
}

/** A page in HTML, or anything else that the SDK cannot parse: its message would be the parser's. */
const isForeignAnswer = (error: unknown): boolean =>
  error instanceof SyntaxError ||
  (error instanceof Error &&
    /^(char '|Unexpected token|Unexpected end of JSON|.*is not valid JSON)/.test(error.message));

/** The HTTP status of an answer that AWS, or something on the way to it, gave. */
export function statusOf(error: unknown): number | undefined {
  const metadata = error instanceof Error && '$metadata' in error ? error.$metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;

  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

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

/** Whether AWS asked for fewer calls, by any of the names that its services use. */
export const isThrottled = (error: unknown): boolean =>
  /^(Throttl|TooManyRequests|RequestLimitExceeded|RequestThrottled|SlowDown|EC2Throttled)/.test(awsErrorName(error)) ||
  statusOf(error) === 429;

/** The role of an account could not be assumed. Its credentials throw it, so the first call of that account does, whichever that is. */
export class AssumeRoleError extends Error {
  override readonly name = 'AssumeRoleError';
  readonly problem: Problem;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.message, options);
    this.problem = problem;
  }
}

/** Whether an organization's policy forbids it, in words such as `with an explicit deny in a service control policy`. */
const isDeniedByPolicy = (error: unknown): boolean =>
  isAccessDenied(error) && /service control polic(y|ies)/i.test(error instanceof Error ? error.message : '');

interface AccountProblemOptions {
  /** `eks:ListClusters` */
  readonly action: string;
  /** The account may not be known where the caller's own credentials are used. */
  readonly place: Partial<Pick<Place, 'accountId'>> & Pick<Place, 'region'>;
}

/**
 * What blocks every call of an account's Region, in any service:
 * - a role that cannot be assumed (`member-role-missing`)
 * - an organization's policy (`region-denied-by-policy`)
 * - rates (`throttled`)
 *
 * `undefined` for other errors, which each adapter reports in its own words.
 */
export function accountProblem(error: unknown, { action, place }: AccountProblemOptions): Problem | undefined {
  const where = placeText(place);

  if (error instanceof AssumeRoleError) return error.problem;
  if (isDeniedByPolicy(error))
    return {
      code: 'region-denied-by-policy',
      message: `a service control policy denies ${action} in ${where}: ${awsErrorText(error)}`,
      remedy: 'do nothing if the Region is closed on purpose; otherwise exempt this principal in the policy',
    };
  if (isThrottled(error))
    return {
      code: 'throttled',
      message: `AWS throttles ${action} in ${where}, also after many retries: ${awsErrorText(error)}`,
      remedy: 'run the audit again at another time or with less at once, or ask AWS for a higher rate of that call',
    };
  return undefined;
}

/** What a call that AWS refused came to, where it is said in the same words whatever the reason: rights are a remedy of their own. */
interface RefusedCall extends AccountProblemOptions {
  /** What is not known; the words of AWS follow. */
  readonly message: string;
  readonly forbidden: readonly [code: ProblemCode, remedy: string];
  readonly other: readonly [code: ProblemCode, remedy: string];
}

/** The value of a call, or the problem that `refused` makes of its error. */
export async function attempted<T>(
  call: () => Promise<T>,
  refused: RefusedCall | ((error: unknown) => Problem),
): Promise<Result<T, Problem>> {
  try {
    return ok(await call());
  } catch (error) {
    return err(typeof refused === 'function' ? refused(error) : callProblem(error, refused));
  }
}

export function callProblem(error: unknown, { message, forbidden, other, ...call }: RefusedCall): Problem {
  const [code, remedy] = isAccessDenied(error) ? forbidden : other;
  return accountProblem(error, call) ?? { code, message: `${message}: ${awsErrorText(error)}`, remedy };
}

/** `account 111122223333, eu-west-1` */
export const placeText = ({ accountId, region }: AccountProblemOptions['place']): string =>
  accountId ? `account ${accountId}, ${region}` : region;

/** Credentials that AWS does not know, as a problem of one account among others. */
export const badCredentials = (error: unknown, where: string): Problem => ({
  code: 'credentials-unusable',
  message: `${credentialsFault(error)} for ${where} (${awsErrorText(error)})`,
  remedy: signInAgain,
});

/** The same where nothing at all can be asked. */
export const unusableCredentials = (error: unknown): OperatorError =>
  new OperatorError('credentials-unusable', `${credentialsFault(error)} (${awsErrorText(error)}); ${signInAgain}`, {
    cause: error,
  });

const signInAgain = 'sign in again (aws sso login, or new keys), or choose others with --profile';

const credentialsFault = (error: unknown): string =>
  awsErrorName(error) === 'CredentialsProviderError'
    ? 'there are no AWS credentials to use'
    : 'AWS does not accept these credentials';
