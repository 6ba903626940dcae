import { describe, expect, it } from 'vitest';
import { foreignWords, withoutSecrets } from '../../../lambda/core/text/without-secrets.ts';

const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW0ifQ.c2lnbmF0dXJl';

describe('words of somebody else', () => {
  it.each([
    ['a cluster token', 'k8s-aws-v1.aHR0cHM6Ly9zdHMuZXUtd2VzdC0xLmFtYXpvbmF3cy5jb20'],
    ['a JSON Web Token', jwt],
    ['a bearer', 'Authorization: Bearer hunter2hunter2'],
    ['a basic login', 'authorization: basic aHVudGVyMjpodW50ZXIy'],
    ['an access key', 'AKIAIOSFODNN7EXAMPLE'],
    ['a secret key of AWS', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'],
    ['a signed address', 'https://sts.amazonaws.com/?X-Amz-Security-Token=hunter2&X-Amz-Signature=hunter2'],
    ['a private key', '-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----'],
    ['half a private key', '-----BEGIN PRIVATE KEY-----\nhunter2'],
    ['a field of JSON', '{"token":"hunter2"}'],
    ['a field of YAML', 'client-key-data: hunter2'],
    ['a flag', '--password=hunter2'],
    ['a variable', 'AWS_SECRET_ACCESS_KEY=hunter2'],
  ])('lose %s', (_what, secret) => {
    const shown = withoutSecrets(`before ${secret} behind`);
    expect(shown).toContain('[redacted]');
    expect(shown).toMatch(/^before /);
    for (const word of ['hunter2', 'aHVudGVy', 'aHR0cHM6', 'eyJ', 'AKIAIOSF', 'wJalr', 'c2lnbm'])
      expect(shown).not.toContain(word);
  });

  it.each([
    'token has expired, sign in with aws sso login',
    'arn:aws:eks:eu-central-1:111122223333:cluster/a-cluster-with-A-very-long-name-1-and-more-of-it',
    'no context named arn:aws:sts::111122223333:assumed-role/EksKubeletAuditMember/Session1Of2026',
    'open /home/me/.aws/sso/cache/0123456789abcdef0123456789abcdef01234567.json: no such file or directory',
    'open /Users/Somebody/projects2/configurations-of-clusters/kubeconfig',
    'sha256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    'exec: executable aws not found',
  ])('keep %j', (text) => expect(withoutSecrets(text)).toBe(text));

  it('are one printable line of so many characters, however much was said', () => {
    const said = foreignWords(`\u001b[31mfailed\u001b[0m\nat once \u202e${'x'.repeat(10_000_000)}`, 50);
    expect(said).toMatch(/^failed at once x+…$/);
    expect(said).toHaveLength(50);
  });

  it('may be an error', () => expect(foreignWords(new Error('refused'))).toBe('refused'));
});
