import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import {
  bitString,
  boolean,
  explicit,
  implicit,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  time,
  utf8String,
} from './der.ts';

export type KeyAndCertificate = { readonly keyPem: string; readonly certificatePem: string };

export interface CertificateRequest {
  readonly commonName: string;
  /** IPv4 addresses of the subject's alternative names. */
  readonly addresses?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly key?: 'ec' | 'rsa' | 'ed25519';
  readonly purpose?: 'client';
}

const keyPairs = {
  ec: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  rsa: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ed25519: () => generateKeyPairSync('ed25519'),
} as const;

const signatures = {
  ec: sequence(objectIdentifier('1.2.840.10045.4.3.2')),
  rsa: sequence(objectIdentifier('1.2.840.113549.1.1.11'), Buffer.of(5, 0)),
} as const;

/** An RSA key takes as long as a test. A key comes back only with the seventeenth authority: those of one test differ. */
const rsaKeys: ReturnType<(typeof keyPairs)['rsa']>[] = [];
let authorities = 0;

function nextRsaKey(): ReturnType<(typeof keyPairs)['rsa']> {
  const index = authorities % 16;
  authorities += 1;
  rsaKeys[index] ??= keyPairs.rsa();
  return rsaKeys[index];
}

const year = 365 * 86_400_000;

/** A certificate authority of its own, as each cluster has one: RSA-2048, as EKS makes them, unless it is given another kind of key. */
export class CertificateAuthority {
  readonly pem: string;
  readonly #name: string;
  readonly #key: KeyObject;
  readonly #keyId: Buffer;
  readonly #signature: Buffer;

  constructor(
    commonName = 'kubernetes',
    {
      key = 'rsa',
      ...validity
    }: Pick<CertificateRequest, 'notBefore' | 'notAfter'> & { readonly key?: 'ec' | 'rsa' } = {},
  ) {
    const { privateKey, publicKey } = key === 'rsa' ? nextRsaKey() : keyPairs.ec();
    this.#signature = signatures[key];
    this.#name = commonName;
    this.#key = privateKey;
    this.#keyId = keyIdentifier(publicKey);
    this.pem = this.#certify({ commonName, ...validity }, publicKey, [
      extension('2.5.29.19', sequence(boolean(true)), 'critical'), // basicConstraints: a CA
      extension('2.5.29.15', bitString(Buffer.of(0x06), 1), 'critical'), // keyUsage: keyCertSign, cRLSign
    ]);
  }

  issue(request: CertificateRequest): KeyAndCertificate {
    const { privateKey, publicKey } = keyPairs[request.key ?? 'ec']();
    const purpose = request.purpose === 'client' ? '1.3.6.1.5.5.7.3.2' : '1.3.6.1.5.5.7.3.1';
    const names = [
      ...(request.addresses ?? []).map((address) => implicit(7, Buffer.from(address.split('.').map(Number)))),
      ...(request.dnsNames ?? []).map((name) => implicit(2, Buffer.from(name, 'ascii'))),
    ];
    const certificatePem = this.#certify(request, publicKey, [
      extension('2.5.29.15', bitString(Buffer.of(0x80), 7), 'critical'), // keyUsage: digitalSignature
      extension('2.5.29.37', sequence(objectIdentifier(purpose))), // extKeyUsage: clientAuth or serverAuth
      ...(names.length > 0 ? [extension('2.5.29.17', sequence(...names))] : []), // subjectAltName
    ]);
    return { keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), certificatePem };
  }

  #certify(request: CertificateRequest, publicKey: KeyObject, extensions: readonly Buffer[]): string {
    const { notBefore = new Date(Date.now() - year), notAfter = new Date(Date.now() + 10 * year) } = request;
    const toSign = sequence(
      explicit(0, integer(Buffer.of(2))), // version 3
      integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
      this.#signature,
      distinguishedName(this.#name),
      sequence(time(notBefore), time(notAfter)),
      distinguishedName(request.commonName),
      publicKey.export({ type: 'spki', format: 'der' }),
      explicit(
        3,
        sequence(
          ...extensions,
          extension('2.5.29.14', octetString(keyIdentifier(publicKey))),
          extension('2.5.29.35', sequence(implicit(0, this.#keyId))),
        ),
      ),
    );
    const certificate = sequence(toSign, this.#signature, bitString(sign('sha256', toSign, this.#key)));
    const lines = certificate.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
    return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
  }
}

function extension(identifier: string, value: Buffer, critical?: 'critical'): Buffer {
  return sequence(objectIdentifier(identifier), ...(critical ? [boolean(true)] : []), octetString(value));
}

function distinguishedName(commonName: string): Buffer {
  return sequence(set(sequence(objectIdentifier('2.5.4.3'), utf8String(commonName))));
}

function keyIdentifier(publicKey: KeyObject): Buffer {
  return createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest();
}
