import { type KeyObject, verify as verifySignature } from 'node:crypto';
import { bundleFromJSON, bundleToJSON, isBundleWithDsseEnvelope, toDSSEBundle } from '@sigstore/bundle';
import { dsse } from '@sigstore/core';
import { errorText, jsonOf, printable } from '../../model/text/words.ts';
import { type ChainStatement, hashOf, payloadType, readStatement } from './run-statement.ts';

/** A key that signs: KMS, or a file at a terminal. */
export interface SigningKey {
  readonly publicKey: KeyObject;
  /** SHA-256 of the public key in DER (SubjectPublicKeyInfo), so that a reader knows which one to take. */
  readonly hint: string;
  /** ECDSA over P-256 and SHA-256, in DER, of these bytes. */
  readonly sign: (bytes: Uint8Array) => Promise<Uint8Array>;
}

/** A statement as a Sigstore bundle v0.3, one line of JSON. The envelope names no key: cosign refuses a bundle whose keyid it does not know. */
export async function signedBundle(statement: ChainStatement, key: SigningKey): Promise<string> {
  const payload = payloadOf(statement);
  const signature = Buffer.from(await key.sign(dsse.preAuthEncoding(payloadType, payload)));
  const bundle = toDSSEBundle({ artifact: payload, artifactType: payloadType, signature, keyHint: key.hint });
  for (const each of bundle.content.dsseEnvelope.signatures) each.keyid = '';
  return `${JSON.stringify(bundleToJSON(bundle))}\n`;
}

export const payloadOf = (statement: ChainStatement): Buffer => Buffer.from(JSON.stringify(statement));

/** What a bundle proves for who trusts some public keys. */
export type CheckedBundle =
  /** `key` is the SHA-256 of the public key that signed it. */
  | {
      readonly status: 'signed';
      readonly statement: ChainStatement;
      readonly sha256: string;
      readonly key: string;
    }
  /** One sentence without its subject. `unproved` is the statement that another key signed, or nobody. */
  | {
      readonly status: 'refused';
      readonly because: string;
      readonly unproved?: { readonly statement: ChainStatement; readonly sha256: string };
    };

/** Strict: a person who can write to the folder can write a bundle, too. Texts of the bundle are bounded and printable before they are shown. */
export function checkBundle(text: string, keys: readonly KeyObject[]): CheckedBundle {
  const refused = (because: string, more: object = {}): CheckedBundle => ({
    status: 'refused',
    because: printable(because, 300),
    ...more,
  });
  let bundle: ReturnType<typeof bundleFromJSON>;
  try {
    bundle = bundleFromJSON(jsonOf(text));
  } catch (error) {
    return refused(`is no Sigstore bundle: ${errorText(error)}`);
  }
  if (!isBundleWithDsseEnvelope(bundle)) return refused('has no DSSE envelope');

  const { payload, payloadType: type, signatures } = bundle.content.dsseEnvelope;
  const [signature] = signatures;
  // The library takes a bundle with one signature only.
  if (!signature) return refused('has no signature');
  if (type !== payloadType) return refused(`holds '${printable(type, 100)}', and must hold '${payloadType}'`);

  const read = readStatement(payload);
  const signer = keys.find((publicKey) => isSigned({ type, payload, signature: signature.sig, publicKey }));
  const sha256 = hashOf(payload);
  if (!signer) {
    const because = keys.length > 1 ? 'is not signed by any of these keys' : 'is not signed by this key';
    return refused(because, 'statement' in read ? { unproved: { statement: read.statement, sha256 } } : {});
  }
  if ('broken' in read) return refused(`holds no statement about a run: ${read.broken}`);
  return { status: 'signed', statement: read.statement, sha256, key: keyHash(signer) };
}

export const keyHash = (publicKey: KeyObject): string => hashOf(publicKey.export({ type: 'spki', format: 'der' }));

interface SignatureOptions {
  readonly type: string;
  readonly payload: Buffer;
  readonly signature: Buffer;
  readonly publicKey: KeyObject;
}

function isSigned({ type, payload, signature, publicKey }: SignatureOptions): boolean {
  try {
    return verifySignature('sha256', dsse.preAuthEncoding(type, payload), publicKey, signature);
  } catch {
    // OpenSSL throws for what is no signature at all.
    return false;
  }
}
