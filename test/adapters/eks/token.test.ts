import { describe, expect, it } from 'vitest';
import { eksToken } from '../../../lambda/adapters/eks/token.ts';
import { cluster as someCluster } from '../../fakes/ports.ts';

const cluster = someCluster.arn ?? expect.unreachable();
const credentials = async () => ({
  accessKeyId: 'AKIA111122223333',
  secretAccessKey: 'secret',
  sessionToken: 'session',
});
const tokenAt = (now: () => number, of = cluster) =>
  eksToken({ cluster: of, credentials, clock: { now: () => new Date(now()) } });
const urlOf = (token: string) => new URL(Buffer.from(token.replace('k8s-aws-v1.', ''), 'base64url').toString('utf8'));

describe('eksToken', () => {
  it('is a presigned GetCallerIdentity with exactly the parameters that the server allows', async () => {
    const token = await tokenAt(() => Date.parse('2026-01-02T03:04:05Z')).current();
    const url = urlOf(token);

    expect(token).toMatch(/^k8s-aws-v1\.[A-Za-z0-9_-]+$/);
    expect(url.origin + url.pathname).toBe('https://sts.eu-west-1.amazonaws.com/');
    const signed = ['Algorithm', 'Credential', 'Date', 'Expires', 'Security-Token', 'Signature', 'SignedHeaders'];
    expect([...url.searchParams.keys()].toSorted()).toEqual([
      'Action',
      'Version',
      ...signed.map((each) => `X-Amz-${each}`),
    ]);
    expect(url.searchParams.get('X-Amz-SignedHeaders')).toBe('host;x-k8s-aws-id');
    expect(url.searchParams.get('X-Amz-Expires')).toBe('60');
    expect(url.searchParams.get('X-Amz-Date')).toBe('20260102T030405Z');
  });

  it.each([
    ['aws-cn', 'cn-north-1', 'sts.cn-north-1.amazonaws.com.cn'],
    ['aws-us-gov', 'us-gov-west-1', 'sts.us-gov-west-1.amazonaws.com'],
    ['aws-iso-b', 'us-isob-east-1', 'sts.us-isob-east-1.sc2s.sgov.gov'],
    ['aws-eusc', 'eusc-de-east-1', 'sts.eusc-de-east-1.amazonaws.eu'],
  ])('names the STS host of partition %s', async (partition, region, host) => {
    const token = await tokenAt(Date.now, { ...cluster, partition, region }).current();
    expect(urlOf(token).host).toBe(host);
  });

  it('is minted anew before it is 14 minutes old, not before it must, and after it was refused', async () => {
    let now = Date.parse('2026-01-02T03:00:00Z');
    const token = tokenAt(() => now);
    const first = await token.current();

    now += 12 * 60_000;
    expect(await token.current()).toBe(first);
    now += 119_000;
    const second = await token.current();
    expect(second).not.toBe(first);
    now += 1_000;
    token.renew();
    expect(await token.current()).not.toBe(second);
  });
});
