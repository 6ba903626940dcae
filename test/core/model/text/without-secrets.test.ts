import { describe, expect, it } from 'vitest';
import { foreignWords, withoutSecrets } from '../../../../lambda/core/model/text/without-secrets.ts';

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
    ['a password of a proxy', 'HTTPS_PROXY=http://user:hunter2@proxy.example.com:3128'],
    ['a variable', 'AWS_SECRET_ACCESS_KEY=hunter2'],
  ])('lose %s', (_what, secret) => {
    const shown = withoutSecrets(`before ${secret} behind`);
    expect(shown).toContain('[redacted]');
    expect(shown).toMatch(/^before /);
    for (const word of ['hunter2', 'aHVudGVy', 'aHR0cHM6', 'eyJ', 'AKIAIOSF', 'wJalr', 'c2lnbm'])
      expect(shown).not.toContain(word);
  });

  const mixed = `abcdefghij${'k'.repeat(20)}ABCDEFGH0`;
  const signed = (credential: string, signature: string) =>
    `https://sts/?X-Amz-Credential=${credential}&X-Amz-Signature=${signature}&X-Amz-Expires=60 then`;
  it.each([
    ['k8s-aws-v1.aHR0-_9Z, then', 'k8s-aws-v1.[redacted], then'],
    [signed('AB/x', '0a1b'), signed('[redacted]', '[redacted]')],
    ['"X-Amz-Security-Token=ab"', '"X-Amz-Security-Token=[redacted]"'],
    ['Bearer  a.c~e/g-== then', 'Bearer  [redacted] then'],
    ['BASIC abcdefgh, then', 'BASIC [redacted], then'],
    ['eyJabcde then', '[redacted] then'],
    ['eyJabcde.fgh.ij, then', '[redacted], then'],
    ['eyJabcde..ij then', '[redacted] then'],
    ['(ASIA0123456789ABCDEF)', '([redacted])'],
    ['-----BEGIN PRIVATE KEY-----\nab\n-----END PRIVATE KEY-----\nthen', '[redacted]\nthen'],
    ['-----BEGIN EC PRIVATE KEY-----\nab\n-----END EC PRIVATE KEY-----\nthen', '[redacted]\nthen'],
    ['-----BEGIN PRIVATE KEY-----\nab\ncd', '[redacted]'],
    ['http://u:ab@h:1/x, then', 'http://u:[redacted]@h:1/x, then'],
    ['git+ssh://:ab@h then', 'git+ssh://:[redacted]@h then'],
    ['password: ab then', 'password: [redacted] then'],
    ['passwd=ab;then', 'passwd=[redacted];then'],
    ["passphrase = 'ab' then", "passphrase = '[redacted]' then"],
    ['{"token" : "ab", "then": 1}', '{"token" : "[redacted]", "then": 1}'],
    ['{secret:ab}', '{secret:[redacted]}'],
    ['secret-access-key=ab', 'secret-access-key=[redacted]'],
    ['secretKey=ab', 'secretKey=[redacted]'],
    ['session_token=ab', 'session_token=[redacted]'],
    ['refreshToken: ab', 'refreshToken: [redacted]'],
    ['api_key=ab, apikey=cd', 'api_key=[redacted], apikey=[redacted]'],
    ['client_secret=ab, clientsecret=cd', 'client_secret=[redacted], clientsecret=[redacted]'],
    ['client-key-data: ab', 'client-key-data: [redacted]'],
    ['key-data: ab', 'key-data: [redacted]'],
    [`${mixed}1 then`, '[redacted] then'],
    [`${mixed}+/=-_9 then`, '[redacted] then'],
  ])('lose of %j the secret alone', (text, left) => expect(withoutSecrets(text)).toBe(left));

  it.each([
    ['a short bearer', 'bearer abcdefg'],
    ['a short beginning of a token', 'eyJabcd'],
    ['no whole id of a key', 'AKIA0123456789ABCDE'],
    ['more than the id of a key', 'AKIA0123456789ABCDEFG'],
    ['a word of 39 characters', mixed],
    ['a word before a colon', `${mixed}1:`],
    ['a word behind a dot', `.${mixed}1`],
    ['a word without capitals', `${mixed}1`.toLowerCase()],
    ['a word without small letters', `${mixed}1`.toUpperCase()],
    ['a word without digits', `${mixed}1`.replaceAll(/\d/g, 'x')],
  ])('keep %s', (_what, text) => expect(withoutSecrets(text)).toBe(text));

  it('are read down to 8,000 characters, and shown down to 300', () => {
    expect(foreignWords('x '.repeat(10_000), 10_000)).toBe('x '.repeat(4_000).trim());
    expect(foreignWords('x'.repeat(300))).toBe('x'.repeat(300));
    expect(foreignWords('x'.repeat(301))).toBe(`${'x'.repeat(299)}…`);
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
