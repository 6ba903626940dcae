import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { keyHash, type SigningKey } from '../../../lambda/core/run/signed/signed-bundle.ts';

/** A key of a file, which signs as KMS does. */
export function signingKey(): SigningKey & { readonly privateKey: KeyObject } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return { privateKey, publicKey, hint: keyHash(publicKey), sign: async (bytes) => sign('sha256', bytes, privateKey) };
}
