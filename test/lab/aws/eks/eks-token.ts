import { parseAmzDate, parseCredentialScope, sameSignature, sha256Hex, signature } from '../../wire/signature-v4.ts';
import type { Identities } from '../identities.ts';
import { partitionOf } from '../partition.ts';

const prefix = 'k8s-aws-v1.';
const mostTokenBytes = 4096;
const mostExpirySeconds = 900;
const mostAge = 15 * 60_000;
const clusterHeader = 'x-k8s-aws-id';
const emptyPayloadHash = sha256Hex('');

const allowedParameters: ReadonlySet<string> = new Set([
  'action',
  'version',
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-security-token',
  'x-amz-signature',
  'x-amz-signedheaders',
]);

const domains: Readonly<Record<string, string>> = {
  aws: 'amazonaws.com',
  'aws-cn': 'amazonaws.com.cn',
  'aws-us-gov': 'amazonaws.com',
  'aws-iso': 'c2s.ic.gov',
  'aws-iso-b': 'sc2s.sgov.gov',
  'aws-iso-e': 'cloud.adc-e.uk',
  'aws-iso-f': 'csp.hci.ic.gov',
  'aws-eusc': 'amazonaws.eu',
};

const dualStackDomains: Readonly<Record<string, string>> = { aws: 'api.aws', 'aws-us-gov': 'api.aws' };

export type TokenVerdict =
  | {
      readonly ok: true;
      readonly principalArn: string;
      /** What an access entry names: the role behind a session, with its path, or the principal itself. */
      readonly identityArn: string;
    }
  | { readonly ok: false; readonly because: string };

export interface TokenServer {
  readonly clusterName: string;
  readonly partition: string;
  readonly identities: Identities;
  readonly now: number;
}

/** All that a cluster checks of an EKS token (aws-iam-authenticator `pkg/token/token.go`), and then what STS checks of the signature. */
export function verifyToken(token: string, server: TokenServer): TokenVerdict {
  if (Buffer.byteLength(token) > mostTokenBytes) return refused(`token is longer than ${mostTokenBytes} bytes`);
  if (!token.startsWith(prefix)) return refused(`token lacks the prefix ${prefix}`);
  const encoded = token.slice(prefix.length);
  if (!/^[\w-]+$/.test(encoded)) return refused('token is not base64url without padding');

  const url = parseUrl(Buffer.from(encoded, 'base64url').toString('utf8'));
  if (url === undefined) return refused('token holds no URL');
  if (url.protocol !== 'https:') return refused(`unexpected scheme ${url.protocol} in pre-signed URL`);
  if (!isStsHost(url.host, server.partition)) return refused(`unexpected hostname ${url.host} in pre-signed URL`);
  if (url.pathname !== '/') return refused('unexpected path in pre-signed URL');
  if (url.username !== '' || url.hash !== '') return refused('unexpected parts in pre-signed URL');

  const parameters = new Map<string, string>();
  for (const [name, value] of url.searchParams) {
    const key = name.toLowerCase();
    if (!allowedParameters.has(key)) return refused(`non-allowlisted query parameter ${name}`);
    if (parameters.has(key)) return refused(`query parameter ${name} is given twice`);
    parameters.set(key, value);
  }
  return verifyPresigned(url, parameters, server);
}

function verifyPresigned(url: URL, parameters: ReadonlyMap<string, string>, server: TokenServer): TokenVerdict {
  const get = (name: string): string => parameters.get(name) ?? '';
  if (get('action') !== 'GetCallerIdentity') return refused('unexpected action in pre-signed URL');
  if (get('version') !== '2011-06-15') return refused('unexpected version in pre-signed URL');
  if (get('x-amz-algorithm') !== 'AWS4-HMAC-SHA256') return refused('unexpected algorithm in pre-signed URL');

  const signedHeaders = get('x-amz-signedheaders').split(';');
  if (!signedHeaders.includes(clusterHeader)) return refused(`client did not sign the ${clusterHeader} header`);
  if (!signedHeaders.includes('host')) return refused('client did not sign the host header');

  const expires = get('x-amz-expires');
  if (!/^\d+$/.test(expires) || Number(expires) > mostExpirySeconds)
    return refused(`invalid X-Amz-Expires '${expires}' in pre-signed URL`);
  const signedAt = parseAmzDate(get('x-amz-date'));
  if (signedAt === undefined) return refused('X-Amz-Date is missing or malformed');
  if (server.now - signedAt > mostAge) return refused('X-Amz-Date is older than 15 minutes');
  if (signedAt - server.now > mostAge) return refused('X-Amz-Date lies in the future');

  const scope = parseCredentialScope(get('x-amz-credential'));
  if (scope === undefined || scope.service !== 'sts' || scope.date !== get('x-amz-date').slice(0, 8))
    return refused('malformed X-Amz-Credential');
  if (!isScopeOfHost(scope.region, url.host))
    return refused(`credential is scoped to ${scope.region}, not to the host`);
  const identity = server.identities.find(scope.accessKeyId);
  if (identity === undefined) return refused('unknown access key');
  if ((identity.session?.token ?? '') !== get('x-amz-security-token')) return refused('wrong session token');
  if (identity.session !== undefined && identity.session.expiresAt <= server.now) return refused('session is expired');

  const expected = signature(
    {
      method: 'GET',
      path: url.pathname,
      query: [...url.searchParams].filter(([name]) => name.toLowerCase() !== 'x-amz-signature'),
      headers: { host: url.host, [clusterHeader]: server.clusterName },
      signedHeaders,
      payloadHash: emptyPayloadHash,
    },
    get('x-amz-date'),
    scope,
    identity.secretAccessKey,
  );
  if (!sameSignature(expected, get('x-amz-signature'))) return refused('signature does not match');
  const { principalArn, session } = identity;
  return { ok: true, principalArn, identityArn: session?.roleArn ?? principalArn };
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** Regional, FIPS and dual-stack hosts of the partition; the global host only in `aws`. */
function isStsHost(host: string, partition: string): boolean {
  if (partition === 'aws' && host === 'sts.amazonaws.com') return true;
  return [domains[partition], dualStackDomains[partition]].some((domain) => {
    if (domain === undefined || !host.endsWith(`.${domain}`)) return false;
    const region = /^sts(?:-fips)?\.([a-z0-9-]+)$/.exec(host.slice(0, -domain.length - 1))?.[1];
    return region !== undefined && partitionOf(region) === partition;
  });
}

function isScopeOfHost(region: string, host: string): boolean {
  return host === 'sts.amazonaws.com' ? region === 'us-east-1' : host.split('.')[1] === region;
}

function refused(because: string): TokenVerdict {
  return { ok: false, because };
}
