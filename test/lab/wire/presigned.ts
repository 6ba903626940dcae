import type { Identities, Identity } from '../aws/identities.ts';
import { LabError } from './service.ts';
import { type CredentialScope, parseAmzDate, parseCredentialScope, sameSignature, signature } from './signature-v4.ts';
import type { WireRequest } from './wire-request.ts';

/** A request that carries its signature in its query, as S3 takes it from a browser. Source: Amazon S3 API Reference, "Authenticating Requests: Using Query Parameters". */
export interface PresignedRequest {
  readonly scope: CredentialScope;
  readonly request: WireRequest;
  /** The same without what only signs it. */
  readonly plain: WireRequest;
}

/** Seven days. */
const mostSeconds = 604_800;
const skewTolerance = 15 * 60_000;

export function readPresigned(request: WireRequest): PresignedRequest | undefined {
  if (!request.query.some(([name]) => name === 'X-Amz-Signature')) return undefined;

  const scope = parseCredentialScope(parameter(request, 'X-Amz-Credential'));
  if (scope?.service !== 's3') return undefined;
  // Headers that a client lifted into the query (x-amz-checksum-mode) are of no operation's query.
  const query = request.query.filter(([name]) => !/^x-amz-/i.test(name));
  return { scope, request, plain: { ...request, query } };
}

const parameter = ({ query }: WireRequest, name: string): string => query.find(([each]) => each === name)?.[1] ?? '';

/** Who signed it; throws in the words of S3 when nobody rightfully did, or when its time is over. */
export function authenticatePresigned(
  { scope, request }: PresignedRequest,
  { identities, clock }: { readonly identities: Identities; readonly clock: () => number },
): Identity {
  const get = (name: string) => parameter(request, name);
  const expires = get('X-Amz-Expires');
  if (get('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256' || !/^\d{1,6}$/.test(expires) || Number(expires) > mostSeconds)
    throw new LabError(
      'AuthorizationQueryParametersError',
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
    );

  const identity = identities.find(scope.accessKeyId);
  if (identity === undefined)
    throw new LabError('InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.', 403);
  if ((identity.session?.token ?? '') !== get('X-Amz-Security-Token'))
    throw new LabError('InvalidToken', 'The provided token is malformed or otherwise invalid.');

  const signedAt = parseAmzDate(get('X-Amz-Date'));
  const now = clock();
  if (signedAt === undefined || signedAt - now > skewTolerance || now > signedAt + Number(expires) * 1_000)
    throw new LabError('AccessDenied', 'Request has expired', 403);
  if (identity.session !== undefined && identity.session.expiresAt <= now)
    throw new LabError('ExpiredToken', 'The provided token has expired.');

  const signed = {
    ...request,
    query: request.query.filter(([name]) => name !== 'X-Amz-Signature'),
    signedHeaders: get('X-Amz-SignedHeaders').split(';'),
    payloadHash: 'UNSIGNED-PAYLOAD',
  };
  const expected = signature(signed, get('X-Amz-Date'), scope, identity.secretAccessKey);
  if (!signed.signedHeaders.includes('host') || !sameSignature(expected, get('X-Amz-Signature')))
    throw new LabError(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
      403,
    );
  return identity;
}
