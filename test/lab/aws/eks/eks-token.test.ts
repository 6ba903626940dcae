import { describe, expect, it } from 'vitest';
import type { LabCredentials } from '../identities.ts';
import { StsService } from '../sts/sts.ts';
import { type Presign, presign as presignAt, encodeToken as token } from './eks-token-fixture.ts';

const now = Date.parse('2026-11-24T23:00:00Z');
const minute = 60_000;
const cluster = { name: 'prod', region: 'eu-central-1' };
const roleArn = 'arn:aws:iam::111122223333:role/EksKubeletAudit';

const presign = (options: Presign) => presignAt({ signedAt: now, ...options });

function setUp() {
  const sts = new StsService({ clock: () => now });
  const admin = sts.addAccount('111122223333');
  const session = sts.startSession(roleArn, 'run-1');
  return { sts, admin, session };
}

async function changed(options: Presign, change: (url: URL) => void): Promise<string> {
  const url = await presign(options);
  change(url);
  return token(url);
}

describe('an EKS token', () => {
  it.each([
    ['regional', 'sts.eu-central-1.amazonaws.com', 'eu-central-1'],
    ['FIPS', 'sts-fips.us-east-1.amazonaws.com', 'us-east-1'],
    ['dual-stack', 'sts.eu-central-1.api.aws', 'eu-central-1'],
    ['global', 'sts.amazonaws.com', 'us-east-1'],
  ])('is accepted from the %s host', async (_, host, region) => {
    const { sts, session } = setUp();

    const verdict = sts.verifyEksToken(token(await presign({ credentials: session, host, region })), cluster);

    expect(verdict.ok).toBe(true);
  });

  it('is accepted until 15 minutes after it was signed, whatever X-Amz-Expires says', async () => {
    const { sts, session } = setUp();
    const mint = async (age: number) =>
      sts.verifyEksToken(token(await presign({ credentials: session, signedAt: now - age })), cluster);

    expect((await mint(15 * minute)).ok).toBe(true);
    expect(await mint(15 * minute + 1000)).toEqual({ ok: false, because: 'X-Amz-Date is older than 15 minutes' });
  });

  it.each<[defect: string, because: RegExp, mint: (session: LabCredentials) => Promise<string>]>([
    [
      'with another prefix',
      /prefix/,
      async (credentials) => token(await presign({ credentials })).replace('k8s-aws-v1.', 'k8s-aws-v2.'),
    ],
    ['with padding', /base64url/, async (credentials) => `${token(await presign({ credentials }))}==`],
    [
      'in plain base64',
      /base64url/,
      async (credentials) => {
        const url = (await presign({ credentials })).toString();
        return `k8s-aws-v1.${Buffer.from(`${url}?>?>?>`).toString('base64').replaceAll('=', '')}`;
      },
    ],
    [
      'that is too long',
      /longer/,
      async (credentials) => `${token(await presign({ credentials }))}${'A'.repeat(4096)}`,
    ],
    ['without a URL in it', /no URL/, async () => token('hello')],
    [
      'over plain HTTP',
      /scheme/,
      async (credentials) => token((await presign({ credentials })).toString().replace('https:', 'http:')),
    ],
    [
      'for a host that is not of STS',
      /hostname/,
      async (credentials) => token(await presign({ credentials, host: 'sts.eu-central-1.amazonaws.com.evil.example' })),
    ],
    [
      'for a host with a port',
      /hostname/,
      async (credentials) => token(await presign({ credentials, host: 'sts.eu-central-1.amazonaws.com:444' })),
    ],
    [
      'for a host of another partition',
      /hostname/,
      async (credentials) =>
        token(await presign({ credentials, host: 'sts.cn-north-1.amazonaws.com.cn', region: 'cn-north-1' })),
    ],
    ['for another path', /path/, async (credentials) => token(await presign({ credentials, path: '/x' }))],
    [
      'with a parameter that is not on the list',
      /non-allowlisted/,
      async (credentials) =>
        token(
          await presign({
            credentials,
            query: { Action: 'GetCallerIdentity', Version: '2011-06-15', Extra: '1' },
          }),
        ),
    ],
    [
      'with a parameter given twice',
      /twice/,
      (credentials) => changed({ credentials }, (url) => url.searchParams.append('action', 'GetCallerIdentity')),
    ],
    [
      'for another action',
      /action/,
      async (credentials) =>
        token(await presign({ credentials, query: { Action: 'GetSessionToken', Version: '2011-06-15' } })),
    ],
    [
      'that does not sign the cluster',
      /x-k8s-aws-id/,
      async (credentials) => token(await presign({ credentials, signCluster: false })),
    ],
    [
      'for another cluster',
      /signature/,
      async (credentials) => token(await presign({ credentials, clusterName: 'staging' })),
    ],
    [
      'that lives too long',
      /X-Amz-Expires/,
      async (credentials) => token(await presign({ credentials, expiresIn: 901 })),
    ],
    [
      'with a negative lifetime',
      /X-Amz-Expires/,
      (credentials) => changed({ credentials }, (url) => url.searchParams.set('X-Amz-Expires', '-1')),
    ],
    [
      'that is too old',
      /older/,
      async (credentials) => token(await presign({ credentials, signedAt: now - 16 * minute })),
    ],
    [
      'from the future',
      /future/,
      async (credentials) => token(await presign({ credentials, signedAt: now + 16 * minute })),
    ],
    [
      'without a date',
      /X-Amz-Date/,
      (credentials) => changed({ credentials }, (url) => url.searchParams.delete('X-Amz-Date')),
    ],
    [
      'signed for another service',
      /X-Amz-Credential/,
      async (credentials) => token(await presign({ credentials, service: 's3' })),
    ],
    [
      'signed for another Region than its host',
      /scoped/,
      async (credentials) => token(await presign({ credentials, host: 'sts.eu-west-1.amazonaws.com' })),
    ],
    [
      'of an unknown access key',
      /access key/,
      async () => token(await presign({ credentials: { accessKeyId: 'AKIA999999999999', secretAccessKey: 'x' } })),
    ],
    [
      'signed with another secret',
      /signature/,
      async (credentials) => token(await presign({ credentials: { ...credentials, secretAccessKey: 'x' } })),
    ],
    [
      'with another session token',
      /session token/,
      async (credentials) => token(await presign({ credentials: { ...credentials, sessionToken: 'x' } })),
    ],
    [
      'changed after it was signed',
      /signature/,
      (credentials) => changed({ credentials }, (url) => url.searchParams.set('X-Amz-Expires', '59')),
    ],
  ])('%s is refused', async (_, because, mint) => {
    const { sts, session } = setUp();

    const verdict = sts.verifyEksToken(await mint(session), cluster);

    expect(verdict).toEqual({ ok: false, because: expect.stringMatching(because) });
  });
});
