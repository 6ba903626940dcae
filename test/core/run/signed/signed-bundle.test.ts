import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { expect, it } from 'vitest';
import { manifestOf } from '../../../../lambda/core/model/manifest.ts';
import { hashOf, statementOf } from '../../../../lambda/core/run/signed/run-statement.ts';
import { checkBundle, keyHash, payloadOf, signedBundle } from '../../../../lambda/core/run/signed/signed-bundle.ts';
import { auditedWith } from '../complete-run.ts';

const [owner, stranger] = [1, 2].map(() => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }));
const at = '2026-11-25T05:00:00.000Z';
const codes = Array.from({ length: 101 }, (_, index) => `code-${index}`);
const statement = statementOf({
  runId: 'run-1',
  subjects: [{ name: 'SHA256SUMS', sha256: 'a'.repeat(64) }],
  result: 'FAILED',
  counts: { pass: 1, fail: 2, warn: 3, unknown: 4, 'not-applicable': 5 },
  waived: 6,
  clusters: 7,
  nodes: 8,
  gaps: { count: 101, codes },
  manifest: manifestOf({ ...auditedWith, startedAt: at, finishedAt: at }),
});
type Bytes = (payload: string) => string;
const same: Bytes = (payload) => payload;
/** The bundle of the statement, as its owner would sign it with this change. */
async function signedWith(change: Bytes, key = owner): Promise<string> {
  const changed = JSON.parse(change(payloadOf(statement).toString()));
  const signing = {
    publicKey: key!.publicKey,
    hint: 'hint',
    sign: async (bytes: Uint8Array) => sign('sha256', bytes, key!.privateKey),
  };
  return signedBundle(changed, signing);
}
const check = (bundle: string) => checkBundle(bundle, [owner!.publicKey]);

it('a statement that its owner signed is read back whole, and named by the hash of its bytes', async () => {
  const bundle = await signedWith(same);
  expect(bundle).toMatch(/^\{.*\}\n$/);
  expect(JSON.parse(bundle).dsseEnvelope.signatures[0]).not.toHaveProperty('keyid', expect.stringMatching(/./));
  const sha256 = createHash('sha256').update(JSON.stringify(statement)).digest('hex');
  expect(check(bundle)).toStrictEqual({ status: 'signed', statement, sha256, key: keyHash(owner!.publicKey) });
  expect(hashOf(payloadOf(statement))).toBe(sha256);
  const { configuration, run } = statement.predicate;
  expect(run.gaps).toEqual({ count: 101, codes: codes.slice(0, 100) });
  expect(configuration).toEqual([
    { name: 'settings', digest: { sha256: hashOf(JSON.stringify(auditedWith.settings)) } },
  ]);
  expect(run).toMatchObject({
    id: 'run-1',
    startedAt: at,
    finishedAt: at,
    waived: 6,
    clusters: 7,
    nodes: 8,
    counts: { unknown: 4 },
  });
});

const inEnvelope = (change: object | ((envelope: { payload: string; signatures: object[] }) => object)) => async () => {
  const bundle = JSON.parse(await signedWith(same));
  const envelope = bundle.dsseEnvelope;
  Object.assign(envelope, typeof change === 'function' ? change(envelope) : change);
  return JSON.stringify(bundle);
};
const withoutEnvelope = async () => {
  const { dsseEnvelope: _, ...rest } = JSON.parse(await signedWith(same));
  const messageDigest = { algorithm: 'SHA2_256', digest: 'AAAA' };
  return JSON.stringify({ ...rest, messageSignature: { messageDigest, signature: 'AAAA' } });
};
const none = 'holds no statement about a run: its ';
const swapped = (from: string | RegExp, to: string) => () => signedWith((payload) => payload.replace(from, to));

it.each<[string, () => string | Promise<string>, because: string]>([
  ['no JSON', () => '{', 'is no Sigstore bundle: '],
  ['no bundle', () => '{"mediaType":"\u001b[31mx"}', 'is no Sigstore bundle: '],
  [
    'two signatures',
    inEnvelope(({ signatures: [one = {}] }) => ({ signatures: [one, one] })),
    'is no Sigstore bundle: ',
  ],
  ['no envelope', withoutEnvelope, 'has no DSSE envelope'],
  ['no signature', inEnvelope({ signatures: [] }), 'is no Sigstore bundle: '],
  ['a signature of another key', () => signedWith(same, stranger), 'is not signed by this key'],
  ['a signature that is none', inEnvelope({ signatures: [{ sig: 'AAAA' }] }), 'is not signed by this key'],
  ['another payload', inEnvelope({ payload: Buffer.from('{}').toString('base64') }), 'is not signed by this key'],
  [
    'a payload of another type',
    inEnvelope({ payloadType: 'text/plain' }),
    "holds 'text/plain', and must hold 'application/vnd.in-toto+json'",
  ],
  ['another type', swapped('in-toto.io/Statement/v1', 'in-toto.io/Statement/v2'), `${none}_type: `],
  ['another predicate', swapped('test-result/v0.1', 'other/v1'), `${none}predicateType: `],
  ['no subject', swapped(/"subject":\[.*?\]/, '"subject":[]'), `${none}subject: `],
  ['a hash that is none', swapped('a'.repeat(64), 'a'), `${none}subject.0.digest.sha256: `],
  ['a result that is none', swapped('"FAILED"', '"FINE"'), `${none}predicate.result: `],
  ['a time that is none', swapped(at, 'today'), `${none}predicate.run.startedAt: `],
  ['a count below zero', swapped('"nodes":8', '"nodes":-8'), `${none}predicate.run.nodes: `],
  ['a list', () => signedWith(() => '[]'), `${none}whole: `],
])('a bundle with %s is refused, in one printable sentence', async (_, made, because) => {
  const checked = check(await made());
  expect(checked).toMatchObject({ status: 'refused', because: expect.stringMatching(/^[ -~]{1,300}$/) });
  expect(Object(checked).because).toContain(because);
});

it('a key of another kind has signed nothing', async () => {
  const { publicKey } = generateKeyPairSync('ed25519');
  const because = 'is not signed by this key';
  expect(checkBundle(await signedWith(same), [publicKey])).toMatchObject({ status: 'refused', because });
});

it('fields that a later version adds are left out', async () => {
  const checked = check(await signedWith((payload) => payload.replace('"nodes":8', '"nodes":8,"later":true')));
  expect(checked).toMatchObject({ status: 'signed', statement });
});
