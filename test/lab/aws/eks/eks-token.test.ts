import { SignatureV4 } from '@smithy/signature-v4';
import { expect, it } from 'vitest';
import { Sha256 } from '../../../../lambda/adapters/eks/token.ts';
import { StsService } from '../sts/sts.ts';

const now = Date.parse('2026-11-24T23:00:00Z');
const minute = 60_000;
const sts = new StsService({ clock: () => now });
const session = sts.startSession('arn:aws:iam::111122223333:role/EksKubeletAudit', 'run-1');
const callerIdentity: Record<string, string> = { Action: 'GetCallerIdentity', Version: '2011-06-15' };
const good = {
  credentials: session,
  /** The cluster whose name is signed; none. */
  cluster: 'prod' as string | undefined,
  host: 'sts.eu-central-1.amazonaws.com',
  region: 'eu-central-1',
  service: 'sts',
  path: '/',
  query: callerIdentity,
  expiresIn: 60,
  signedAt: now,
};

/** The pre-signed URL of a token, signed by the SDK's own signer. */
async function presigned(changed: Partial<typeof good>): Promise<string> {
  const { credentials, cluster, host, region, service, path, query, expiresIn, signedAt } = { ...good, ...changed };
  const signer = new SignatureV4({ service, region, sha256: Sha256, credentials });
  const headers = { host, ...(cluster && { 'x-k8s-aws-id': cluster }) };
  const request = { method: 'GET', protocol: 'https:', hostname: host, path, query, headers };
  const signed = await signer.presign(request, { expiresIn, signingDate: new Date(signedAt) });
  const url = new URL(`https://${host}${path}`);
  for (const [name, value] of Object.entries(signed.query ?? {})) url.searchParams.set(name, String(value));
  return url.toString();
}
const tokenOf = (url: string) => `k8s-aws-v1.${Buffer.from(url).toString('base64url')}`;
const verify = (token: string) => sts.verifyEksToken(token, { name: 'prod', region: 'eu-central-1' });

it.each([
  ['regional', {}],
  ['FIPS', { host: 'sts-fips.us-east-1.amazonaws.com', region: 'us-east-1' }],
  ['dual-stack', { host: 'sts.eu-central-1.api.aws' }],
  ['global', { host: 'sts.amazonaws.com', region: 'us-east-1' }],
  ['regional, 15 minutes later, whatever X-Amz-Expires says,', { signedAt: now - 15 * minute }],
])('an EKS token is accepted from the %s host', async (_, changed) => {
  expect(verify(tokenOf(await presigned(changed))).ok).toBe(true);
});

type Url = (url: string) => string;
it.each<[defect: string, because: RegExp, changed: Partial<typeof good> | Url]>([
  ['without a URL in it', /no URL/, () => 'hello'],
  ['over plain HTTP', /scheme/, (url) => url.replace('https:', 'http:')],
  ['for a host that is not of STS', /hostname/, { host: 'sts.eu-central-1.amazonaws.com.evil.example' }],
  ['for a host with a port', /hostname/, { host: 'sts.eu-central-1.amazonaws.com:444' }],
  ['for another partition', /hostname/, { host: 'sts.cn-north-1.amazonaws.com.cn', region: 'cn-north-1' }],
  ['for another path', /path/, { path: '/x' }],
  ['with a parameter that is not on the list', /non-allowlisted/, { query: { ...callerIdentity, Extra: '1' } }],
  ['with a parameter given twice', /twice/, (url) => `${url}&action=GetCallerIdentity`],
  ['for another action', /action/, { query: { ...callerIdentity, Action: 'GetSessionToken' } }],
  ['that does not sign the cluster', /x-k8s-aws-id/, { cluster: undefined }],
  ['for another cluster', /signature/, { cluster: 'staging' }],
  ['that lives too long', /X-Amz-Expires/, { expiresIn: 901 }],
  ['with a negative lifetime', /X-Amz-Expires/, (url) => url.replace(/X-Amz-Expires=\d+/, 'X-Amz-Expires=-1')],
  ['that is too old', /older/, { signedAt: now - 15 * minute - 1_000 }],
  ['from the future', /future/, { signedAt: now + 16 * minute }],
  ['without a date', /X-Amz-Date/, (url) => url.replace(/&X-Amz-Date=\w+/, '')],
  ['signed for another service', /X-Amz-Credential/, { service: 's3' }],
  ['signed for another Region than its host', /scoped/, { host: 'sts.eu-west-1.amazonaws.com' }],
  ['of an unknown access key', /access key/, { credentials: { ...session, accessKeyId: 'AKIA999999999999' } }],
  ['signed with another secret', /signature/, { credentials: { ...session, secretAccessKey: 'x' } }],
  ['with another session token', /session token/, { credentials: { ...session, sessionToken: 'x' } }],
  ['changed after it was signed', /signature/, (url) => url.replace(/X-Amz-Expires=\d+/, 'X-Amz-Expires=59')],
])('an EKS token %s is refused', async (_, because, changed) => {
  const url = typeof changed === 'function' ? changed(await presigned({})) : await presigned(changed);
  expect(verify(tokenOf(url))).toEqual({ ok: false, because: expect.stringMatching(because) });
});

it.each<[defect: string, because: RegExp, Url]>([
  ['with another prefix', /prefix/, (token) => token.replace('k8s-aws-v1.', 'k8s-aws-v2.')],
  ['with padding', /base64url/, (token) => `${token}==`],
  ['in plain base64', /base64url/, () => `k8s-aws-v1.${Buffer.from('https://x/?>?>?>').toString('base64')}`],
  ['that is too long', /longer/, (token) => `${token}${'A'.repeat(4096)}`],
])('an EKS token %s is refused before it is read', async (_, because, written) => {
  const token = written(tokenOf(await presigned({})));
  expect(verify(token)).toEqual({ ok: false, because: expect.stringMatching(because) });
});
