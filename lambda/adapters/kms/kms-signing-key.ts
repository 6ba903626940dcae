import { createHash, createPublicKey, verify } from 'node:crypto';
import { GetPublicKeyCommand, type GetPublicKeyCommandOutput, KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { OperatorError } from '../../core/model/operator-error.ts';
import type { SigningKey } from '../../core/run/signed/signed-bundle.ts';
import { type AwsAccess, awsErrorText, clientSettings } from '../aws-access.ts';

/** The only pair that statements are signed by; a key's policy can demand both. */
const keySpec = 'ECC_NIST_P256';
const algorithm = 'ECDSA_SHA_256';

export const kmsClient = (access: AwsAccess): KMSClient => new KMSClient(clientSettings(access));

/**
 * A key of KMS that signs: the private key never leaves KMS, which gets the digest only. IAM: kms:GetPublicKey, kms:Sign.
 * @throws OperatorError `key-unusable` for a key of another kind, `signing-refused` when KMS does not answer
 */
export async function kmsSigningKey(client: KMSClient, keyArn: string): Promise<SigningKey> {
  const refused = (error: unknown): OperatorError =>
    new OperatorError(
      'signing-refused',
      `the key ${keyArn} does not sign: ${awsErrorText(error)}; allow kms:GetPublicKey and kms:Sign in its policy, or choose another key`,
      { cause: error },
    );

  let key: GetPublicKeyCommandOutput;
  try {
    key = await client.send(new GetPublicKeyCommand({ KeyId: keyArn }));
  } catch (error) {
    throw refused(error);
  }
  const { KeySpec: spec, KeyUsage: usage, PublicKey: der } = key;
  if (spec !== keySpec || usage !== 'SIGN_VERIFY' || !der)
    throw new OperatorError(
      'key-unusable',
      `the key ${keyArn} cannot be used: it is ${spec ?? 'of no kind'} for ${usage ?? 'nothing'}; make one with --key-spec ${keySpec} --key-usage SIGN_VERIFY`,
    );

  const publicKey = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
  return {
    publicKey,
    hint: createHash('sha256').update(der).digest('hex'),
    async sign(bytes) {
      const digest = createHash('sha256').update(bytes).digest();
      const command = { KeyId: keyArn, Message: digest, MessageType: 'DIGEST', SigningAlgorithm: algorithm } as const;
      try {
        const { Signature: signature = new Uint8Array() } = await client.send(new SignCommand(command));
        if (!verify('sha256', bytes, publicKey, signature)) throw new Error('what it signed is not what was asked');
        return signature;
      } catch (error) {
        throw refused(error);
      }
    },
  };
}
