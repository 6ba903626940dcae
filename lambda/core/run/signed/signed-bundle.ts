import { type KeyObject, verify as verifySignature } from 'node:crypto';
import { bundleFromJSON, bundleToJSON, isBundleWithDsseEnvelope, toDSSEBundle } from '@sigstore/bundle';
import { dsse } from '@sigstore/core';
import { errorText } from '../../model/text/error-text.ts';
import { jsonOf } from '../../model/text/json-of.ts';
import { printable } from '../../model/text/printable.ts';
import { hashOf, payloadType, type RunStatement, readStatement } from './run-statement.ts';

/** A key that signs: KMS, or a file at a terminal. */
export interface SigningKey {
  readonly publicKey: KeyObject;
  /** SHA-256 of the public key in DER (SubjectPublicKeyInfo), so that a reader knows which one to take. */
  readonly hint: string;
  /** ECDSA over P-256 and SHA-256, in DER, of these bytes. */
  readonly sign: (bytes: Uint8Array) => Promise<Uint8Array>;
}

/** A statement as a Sigstore bundle v0.3, one line of JSON. The envelope names no key: cosign refuses a bundle whose keyid it does not know. */
export async function signedBundle(statement: RunStatement, key: SigningKey): Promise<string> {
  const payload = payloadOf(statement);
  const signature = Buffer.from(await key.sign(dsse.preAuthEncoding(payloadType, payload)));
  const bundle = toDSSEBundle({ artifact: payload, artifactType: payloadType, signature, keyHint: key.hint });
  for (const each of bundle.content.dsseEnvelope.signatures) each.keyid = '';
  return `${JSON.stringify(bundleToJSON(bundle))}\n`;
}

/** The bytes of a statement that are signed. */
export const payloadOf = (statement: RunStatement): Buffer => Buffer.from(JSON.stringify(statement));

/** What a bundle proves for the owner of a public key. */
export type CheckedBundle =
  | { readonly status: 'signed'; readonly statement: RunStatement; readonly sha256: string }
  /** No bundle, or not of this key, or about something else: one sentence without its subject. */
  | { readonly status: 'refused'; readonly because: string };

/** Strict: a person who can write to the folder can write a bundle, too. Texts of the bundle are bounded and printable before they are shown. */
export function checkBundle(text: string, publicKey: KeyObject): CheckedBundle {
  const refused = (because: string): CheckedBundle => ({ status: 'refused', because: printable(because, 300) });
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
  if (!isSigned({ type, payload, signature: signature.sig, publicKey })) return refused('is not signed by this key');

  const read = readStatement(payload);
  if ('broken' in read) return refused(`holds no statement about a run: ${read.broken}`);
  return { status: 'signed', statement: read.statement, sha256: hashOf(payload) };
}

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
