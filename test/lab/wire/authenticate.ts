import type { Identities, Identity } from '../aws/identities.ts';
import { LabError } from './service.ts';
import type { ServiceModel } from './service-model.ts';
import {
  type CredentialScope,
  parseAmzDate,
  parseCredentialScope,
  sameSignature,
  sha256Hex,
  signature,
} from './signature-v4.ts';
import { splitOnce } from './split-once.ts';
import { protocolError } from './wire-errors.ts';
import type { WireRequest } from './wire-request.ts';

const skewTolerance = { s3: 15 * 60_000, others: 5 * 60_000 };

interface Authorization {
  readonly scope: CredentialScope;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/** What the Authorization header says; undefined when it says nothing that can be read. */
export function readAuthorization(request: WireRequest): Authorization | undefined {
  const match = /^AWS4-HMAC-SHA256 (.+)$/.exec(request.headers['authorization'] ?? '');
  if (match === null) return undefined;
  const fields = Object.fromEntries((match[1] ?? '').split(',').map((field) => splitOnce(field.trim(), '=')));
  const scope = parseCredentialScope(fields['Credential'] ?? '');
  if (scope === undefined || !fields['SignedHeaders'] || !fields['Signature']) return undefined;
  return { scope, signedHeaders: fields['SignedHeaders'].split(';'), signature: fields['Signature'] };
}

/** Headers that change what a request means: if sent, they must be signed. */
const mustBeSigned = ['x-amz-date', 'x-amz-target', 'x-amz-security-token', 'x-amz-content-sha256'];

/** Who signed this request; throws in the words of the service's protocol when nobody rightfully did. */
export function authenticate(
  model: ServiceModel,
  request: WireRequest,
  { identities, clock }: { readonly identities: Identities; readonly clock: () => number },
): Identity {
  const authorization = readAuthorization(request);
  if (authorization === undefined) throw protocolError(model, 'noToken', 'Missing Authentication Token');
  const { scope, signedHeaders } = authorization;

  const identity = identities.find(scope.accessKeyId);
  const token = request.headers['x-amz-security-token'];
  if (identity === undefined || identity.session?.token !== token)
    throw protocolError(model, 'badKey', 'The security token included in the request is invalid.');

  const amzDate = request.headers['x-amz-date'] ?? '';
  const signedAt = parseAmzDate(amzDate);
  const now = clock();
  const tolerance = model.service === 's3' ? skewTolerance.s3 : skewTolerance.others;
  if (signedAt === undefined || Math.abs(now - signedAt) > tolerance)
    throw protocolError(
      model,
      'skewed',
      `Signature expired or not yet current: ${amzDate} is more than ${tolerance / 60_000} min from ${new Date(now).toISOString()}`,
    );

  const claimedHash = request.headers['x-amz-content-sha256'];
  const payloadHash = payloadHashOf(model, request, claimedHash);
  const expected = signature({ ...request, signedHeaders, payloadHash }, amzDate, scope, identity.secretAccessKey);
  const unsigned = mustBeSigned.some((name) => request.headers[name] !== undefined && !signedHeaders.includes(name));
  if (
    unsigned ||
    !signedHeaders.includes('host') ||
    scope.date !== amzDate.slice(0, 8) ||
    (claimedHash !== undefined && claimedHash !== payloadHash) ||
    !sameSignature(expected, authorization.signature)
  ) {
    throw protocolError(
      model,
      'badSignature',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
    );
  }

  if (identity.session !== undefined && identity.session.expiresAt <= now)
    throw protocolError(model, 'expired', 'The security token included in the request is expired');
  return identity;
}

/** What the signature covers of the body. Only S3 requires its hash. */
function payloadHashOf(model: ServiceModel, request: WireRequest, claimed: string | undefined): string {
  if (model.service !== 's3') return sha256Hex(request.body);
  if (claimed === undefined)
    throw new LabError('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  const hash = sha256Hex(request.body);
  if (claimed !== hash)
    throw new LabError(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  return hash;
}
