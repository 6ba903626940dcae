import { createHash, verify } from 'node:crypto';
import { SignCommand, type SignCommandInput } from '@aws-sdk/client-kms';
import { afterAll, describe, expect, it } from 'vitest';
import { kmsClient, kmsSigningKey } from '../../../lambda/adapters/kms/kms-signing-key.ts';
import { manifestOf } from '../../../lambda/core/model/manifest.ts';
import { statementOf } from '../../../lambda/core/run/signed/run-statement.ts';
import { checkBundle, signedBundle } from '../../../lambda/core/run/signed/signed-bundle.ts';
import type { LabKeyOptions } from '../../lab/aws/kms/kms.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';

const account = { accountId: '111122223333', region: 'eu-west-1' };
const lab = await labOfFile(account.accountId);
const client = kmsClient({ region: account.region, credentials: async () => lab.credentials(account.accountId) });
afterAll(() => client.destroy());

const keyOf = (options: Partial<LabKeyOptions> = {}) => lab.kms.createKey({ ...account, ...options });
const bytes = Buffer.from('what is signed');

describe('a key of KMS', () => {
  it('signs by P-256 what its public key verifies, and KMS gets the digest only', async () => {
    const key = keyOf();
    const signing = await kmsSigningKey(client, key.arn);
    const signature = await signing.sign(bytes);

    expect(verify('sha256', bytes, key.publicKey, signature)).toBe(true);
    expect(verify('sha256', Buffer.from('other'), key.publicKey, signature)).toBe(false);
    const der = key.publicKey.export({ type: 'spki', format: 'der' });
    expect(signing.hint).toBe(createHash('sha256').update(der).digest('hex'));
    expect(
      lab.calls.filter(({ service }) => service === 'kms').map(({ operation, input }) => [operation, input]),
    ).toEqual([
      ['GetPublicKey', { KeyId: key.arn }],
      [
        'Sign',
        {
          KeyId: key.arn,
          Message: createHash('sha256').update(bytes).digest('base64'),
          MessageType: 'DIGEST',
          SigningAlgorithm: 'ECDSA_SHA_256',
        },
      ],
    ]);
  });

  it('signs bundles that its public key verifies', async () => {
    const key = keyOf();
    const manifest = manifestOf({
      caller: { unknown: 'none' },
      settings: [],
      sources: [],
      controls: { lookedAt: [], leftOut: [] },
      startedAt: '2026-11-24T10:00:00Z',
      finishedAt: '2026-11-24T10:05:00Z',
    });
    const statement = statementOf({
      runId: 'r',
      subjects: [{ name: 'SHA256SUMS', sha256: 'a'.repeat(64) }],
      result: 'PASSED',
      counts: { pass: 1, fail: 0, warn: 0, unknown: 0, 'not-applicable': 0 },
      waived: 0,
      clusters: 1,
      nodes: 1,
      gaps: { count: 0, codes: [] },
      manifest,
    });
    const bundle = await signedBundle(statement, await kmsSigningKey(client, key.arn));
    expect(checkBundle(bundle, key.publicKey)).toMatchObject({ status: 'signed', statement });
    expect(checkBundle(bundle, keyOf().publicKey)).toMatchObject({ status: 'refused' });
  });

  it.each<[what: string, options: Partial<LabKeyOptions>, code: string]>([
    ['of another curve', { keySpec: 'ECC_NIST_P384' }, 'key-unusable'],
    ['for key agreement', { keyUsage: 'KEY_AGREEMENT' }, 'key-unusable'],
    ['that is disabled', { enabled: false }, 'signing-refused'],
    ['that its policy keeps from the caller', { allows: () => false }, 'signing-refused'],
    ['of another Region', { region: 'us-east-1' }, 'signing-refused'],
  ])('ends in a clear error before anything is signed: a key %s', async (_, options, code) => {
    await expect(kmsSigningKey(client, keyOf(options).arn)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/^the key arn:aws:kms:.+; (allow|make)/),
    });
  });

  it('ends in a clear error where the policy allows the public key only', async () => {
    const key = keyOf({ allows: ({ operation }) => operation === 'GetPublicKey' });
    const signing = await kmsSigningKey(client, key.arn);
    await expect(signing.sign(bytes)).rejects.toMatchObject({ code: 'signing-refused' });
  });
});

describe('the lab’s KMS', () => {
  it.each<[what: string, change: Partial<SignCommandInput>, error: string]>([
    ['another algorithm', { SigningAlgorithm: 'ECDSA_SHA_384' }, 'InvalidKeyUsageException'],
    ['a digest of another length', { Message: Buffer.alloc(48) }, 'ValidationException'],
    ['a message that is no digest', { MessageType: 'RAW' }, 'NotImplemented'],
  ])('refuses %s', async (_, change, error) => {
    const input = {
      KeyId: keyOf().arn,
      Message: Buffer.alloc(32),
      MessageType: 'DIGEST',
      SigningAlgorithm: 'ECDSA_SHA_256',
      ...change,
    } as const;
    await expect(client.send(new SignCommand(input))).rejects.toMatchObject({ name: error });
  });
});
