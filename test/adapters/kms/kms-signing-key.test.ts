import { createHash, verify } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { kmsClient, kmsSigningKey } from '../../../lambda/adapters/kms/kms-signing-key.ts';
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
