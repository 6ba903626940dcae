import { ByteReader } from './byte-reader.ts';
import { cipherSuites, namedGroups } from './cipher-suites.ts';
import { distinguishedName } from './distinguished-name.ts';
import type { CertificateRequest, KeyExchange } from './flight.ts';

const mostCertificates = 8;
const mostNames = 64;

/** Each parser takes the body of one handshake message (RFC 5246, 7.4) and gives `undefined` for anything that is not exactly one. */

/** The chosen version and the server's random; the rest of what was chosen must be among what we offered. */
export function serverHello(body: Uint8Array): { readonly version: number; readonly random: Uint8Array } | undefined {
  const reader = new ByteReader(body);
  const version = reader.number(2);
  const random = reader.take(32);
  const session = reader.vector(1);
  const suite = reader.number(2);
  const compression = reader.number(1);
  if (reader.left > 0) reader.vector(2);

  if (!reader.atEnd || session.length > 32) return undefined;
  if (version !== 0x0303) return { version, random };
  return includes(cipherSuites, suite) && compression === 0 ? { version, random } : undefined;
}

/** The chain, in DER. */
export function certificates(body: Uint8Array): readonly Uint8Array[] | undefined {
  const reader = new ByteReader(body);
  const list = new ByteReader(reader.vector(3));
  const chain: Uint8Array[] = [];
  while (list.whole && list.left > 0 && chain.length <= mostCertificates) chain.push(list.vector(3));

  const sound = reader.atEnd && list.atEnd && chain.length > 0 && chain.length <= mostCertificates;
  return sound ? chain : undefined;
}

export function serverKeyExchange(body: Uint8Array): KeyExchange | undefined {
  const reader = new ByteReader(body);
  const curveType = reader.number(1);
  const group = reader.number(2);
  const point = reader.vector(1);
  const parameters = body.subarray(0, reader.position);
  const scheme = reader.number(2);
  const signature = reader.vector(2);

  const sound = reader.atEnd && curveType === 3 && includes(namedGroups, group) && point.length > 0;
  return sound ? { parameters, scheme, signature } : undefined;
}

export function certificateRequest(body: Uint8Array): CertificateRequest | undefined {
  const reader = new ByteReader(body);
  const types = reader.vector(1);
  const schemes = reader.vector(2);
  const list = new ByteReader(reader.vector(2));
  const authorities: string[] = [];
  let count = 0;

  for (; list.whole && list.left > 0; count += 1) {
    const name = list.vector(2);
    if (authorities.length < mostNames) authorities.push(distinguishedName(name) ?? '(a name that cannot be read)');
  }

  const sound = reader.atEnd && list.atEnd && types.length > 0 && schemes.length % 2 === 0;
  return sound ? { authorities, count } : undefined;
}

const includes = (offered: readonly number[], chosen: number): boolean => offered.includes(chosen);
