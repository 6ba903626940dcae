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

type Mint = (credentials: LabCredentials) => Promise<string>;

/** A token of these options, or of credentials that differ in this. */
const by =
  ({ accessKeyId, secretAccessKey, sessionToken, ...options }: Partial<Presign & LabCredentials>): Mint =>
  async (session) => {
    const others = { accessKeyId, secretAccessKey, sessionToken };
    const credentials = { ...session, ...Object.fromEntries(Object.entries(others).filter(([, value]) => value)) };
    return token(await presign({ ...options, credentials }));
  };
const changed =
  (change: (url: string) => string): Mint =>
  async (credentials) =>
    token(change((await presign({ credentials })).toString()));
const written =
  (change: (minted: string) => string): Mint =>
  async (credentials) =>
    change(token(await presign({ credentials })));
const callerIdentity = { Action: 'GetCallerIdentity', Version: '2011-06-15' };

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

  it.each<[defect: string, because: RegExp, mint: Mint]>([
    ['with another prefix', /prefix/, written((minted) => minted.replace('k8s-aws-v1.', 'k8s-aws-v2.'))],
    ['with padding', /base64url/, written((minted) => `${minted}==`)],
    ['in plain base64', /base64url/, written(() => `k8s-aws-v1.${Buffer.from('https://x/?>?>?>').toString('base64')}`)],
    ['that is too long', /longer/, written((minted) => `${minted}${'A'.repeat(4096)}`)],
    ['without a URL in it', /no URL/, written(() => token('hello'))],
    ['over plain HTTP', /scheme/, changed((url) => url.replace('https:', 'http:'))],
    ['for a host that is not of STS', /hostname/, by({ host: 'sts.eu-central-1.amazonaws.com.evil.example' })],
    ['for a host with a port', /hostname/, by({ host: 'sts.eu-central-1.amazonaws.com:444' })],
    ['for another partition', /hostname/, by({ host: 'sts.cn-north-1.amazonaws.com.cn', region: 'cn-north-1' })],
    ['for another path', /path/, by({ path: '/x' })],
    ['with a parameter that is not on the list', /non-allowlisted/, by({ query: { ...callerIdentity, Extra: '1' } })],
    ['with a parameter given twice', /twice/, changed((url) => `${url}&action=GetCallerIdentity`)],
    ['for another action', /action/, by({ query: { ...callerIdentity, Action: 'GetSessionToken' } })],
    ['that does not sign the cluster', /x-k8s-aws-id/, by({ signCluster: false })],
    ['for another cluster', /signature/, by({ clusterName: 'staging' })],
    ['that lives too long', /X-Amz-Expires/, by({ expiresIn: 901 })],
    [
      'with a negative lifetime',
      /X-Amz-Expires/,
      changed((url) => url.replace(/X-Amz-Expires=\d+/, 'X-Amz-Expires=-1')),
    ],
    ['that is too old', /older/, by({ signedAt: now - 16 * minute })],
    ['from the future', /future/, by({ signedAt: now + 16 * minute })],
    ['without a date', /X-Amz-Date/, changed((url) => url.replace(/&X-Amz-Date=\w+/, ''))],
    ['signed for another service', /X-Amz-Credential/, by({ service: 's3' })],
    ['signed for another Region than its host', /scoped/, by({ host: 'sts.eu-west-1.amazonaws.com' })],
    ['of an unknown access key', /access key/, by({ accessKeyId: 'AKIA999999999999' })],
    ['signed with another secret', /signature/, by({ secretAccessKey: 'x' })],
    ['with another session token', /session token/, by({ sessionToken: 'x' })],
    [
      'changed after it was signed',
      /signature/,
      changed((url) => url.replace(/X-Amz-Expires=\d+/, 'X-Amz-Expires=59')),
    ],
  ])('%s is refused', async (_, because, mint) => {
    const { sts, session } = setUp();

    const verdict = sts.verifyEksToken(await mint(session), cluster);

    expect(verdict).toEqual({ ok: false, because: expect.stringMatching(because) });
  });
});
