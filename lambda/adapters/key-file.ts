import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { OperatorError } from '../core/model/operator-error.ts';
import type { SigningKey } from '../core/run/signed/signed-bundle.ts';
import { readInputBytes } from './read-input.ts';

/** A key in PEM has some 300 bytes. */
const mostBytes = 64 * 1024;

/**
 * The private key of a PEM file: ECDSA over P-256, without a passphrase.
 * @throws OperatorError `file-unreadable`, `key-unusable`
 */
export async function signingKeyOf(file: string, stdin: NodeJS.ReadableStream): Promise<SigningKey> {
  const key = await keyOf(file, stdin, createPrivateKey);
  const publicKey = createPublicKey(key);
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return {
    publicKey,
    hint: createHash('sha256').update(der).digest('hex'),
    sign: async (bytes) => sign('sha256', bytes, key),
  };
}

/**
 * The public key of a PEM file: ECDSA over P-256.
 * @throws OperatorError `file-unreadable`, `key-unusable`
 */
export const publicKeyOf = (file: string, stdin: NodeJS.ReadableStream): Promise<KeyObject> =>
  keyOf(file, stdin, createPublicKey);

async function keyOf(
  file: string,
  stdin: NodeJS.ReadableStream,
  parse: (pem: Buffer) => KeyObject,
): Promise<KeyObject> {
  const pem = await readInputBytes(file, { stdin, mostBytes });
  const what = parse === createPrivateKey ? 'private' : 'public';
  let key: KeyObject;
  try {
    key = parse(pem);
  } catch {
    // OpenSSL's words may quote the text, and a key must not be shown.
    throw unusable(file, what, `it holds no ${what} key in PEM without a passphrase`);
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type !== 'ec' || details?.namedCurve !== 'prime256v1')
    throw unusable(file, what, `its key is ${type}${details?.namedCurve ? ` over ${details.namedCurve}` : ''}`);
  return key;
}

const unusable = (file: string, what: keyof typeof howToMake, because: string): OperatorError =>
  new OperatorError('key-unusable', `the ${what} key '${file}' cannot be used: ${because}; ${howToMake[what]}`);

const howToMake = {
  private: 'make one with openssl ecparam -name prime256v1 -genkey -noout',
  public:
    'give the public key of the one that signed: openssl ec -in KEY -pubout prints that of a file, aws kms get-public-key that of KMS',
};
