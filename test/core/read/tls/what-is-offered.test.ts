import { describe, expect, it } from 'vitest';
import { cipherSuites, namedGroups, signatureSchemes } from '../../../../lambda/core/read/tls/cipher-suites.ts';
import { distinguishedName } from '../../../../lambda/core/read/tls/distinguished-name.ts';
import { alertMeaning } from '../../../../lambda/core/read/tls/flight-reader.ts';
import { serverHello } from '../../../../lambda/core/read/tls/handshake-messages.ts';
import { objectIdentifier, sequence, set, utf8String } from '../../../lab/kubernetes/der.ts';
import { bytes } from './flight-bytes.ts';

/** The body of a ServerHello: version, random, no session id, cipher suite, compression, and what follows. */
const hello = ({ suite = 0xc02f, compression = 0, version = 0x0303, more = bytes() } = {}) =>
  bytes(version >> 8, version & 0xff, new Uint8Array(32), 0, suite >> 8, suite & 0xff, compression, more);

describe('what our ClientHello offers', () => {
  it('is what an answer may choose, each by its number', () => {
    for (const suite of cipherSuites) expect(serverHello(hello({ suite })), suite.toString(16)).toBeDefined();
    for (const suite of [0x0000, 0x002f, 0x1301, 0xc02d]) expect(serverHello(hello({ suite }))).toBeUndefined();
  });

  it('holds only suites in which the server signs, and the groups of RFC 8422', () => {
    // IANA: TLS_ECDHE_ECDSA_… and TLS_ECDHE_RSA_… only.
    expect([...cipherSuites].toSorted((one, other) => one - other)).toEqual([
      0xc009, 0xc00a, 0xc013, 0xc014, 0xc023, 0xc027, 0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8, 0xcca9,
    ]);
    expect(namedGroups).toEqual([29, 23, 24, 25]);
  });

  it('checks each signature scheme as RFC 8446, 4.2.3 says, and knows no SHA-1', () => {
    expect(Object.fromEntries([...signatureSchemes].map(([number, each]) => [number.toString(16), each]))).toEqual({
      '401': { key: 'rsa', hash: 'sha256', padding: 'pkcs1' },
      '403': { key: 'ec', hash: 'sha256' },
      '501': { key: 'rsa', hash: 'sha384', padding: 'pkcs1' },
      '503': { key: 'ec', hash: 'sha384' },
      '601': { key: 'rsa', hash: 'sha512', padding: 'pkcs1' },
      '603': { key: 'ec', hash: 'sha512' },
      '804': { key: 'rsa', hash: 'sha256', padding: 'pss' },
      '805': { key: 'rsa', hash: 'sha384', padding: 'pss' },
      '806': { key: 'rsa', hash: 'sha512', padding: 'pss' },
      '807': { key: 'ed25519' },
    });
  });
});

describe('a ServerHello', () => {
  it('may carry extensions', () => expect(serverHello(hello({ more: bytes(0, 2, 1, 2) }))).toBeDefined());

  it.each([
    ['ends in the middle', hello().subarray(0, -1)],
    ['goes on behind its extensions', hello({ more: bytes(0, 1, 1, 2) })],
    ['announces more extensions than it has', hello({ more: bytes(0, 3, 1) })],
  ])('is none when it %s', (_, body) => {
    expect(serverHello(body)).toBeUndefined();
  });

  it('of another version shows that version, whatever it chose', () => {
    expect(serverHello(hello({ version: 0x0302, suite: 0x002f, compression: 1 }))).toMatchObject({ version: 0x0302 });
  });
});

const encrypted = 'the request for a client certificate is encrypted';
const newerOnly = `as a server that speaks TLS 1.3 only may say; in TLS 1.3 ${encrypted}`;
const unapproved = 'most likely because its CertificateSigningRequest is not approved yet';
it.each([
  [40, `it shares no TLS 1.2 cipher suite, group or signature scheme with the probe (alert 40), ${newerOnly}`],
  [70, `it does not speak TLS 1.2 (alert 70), most likely TLS 1.3 only, where ${encrypted}`],
  [80, `it has no serving certificate (alert 80), ${unapproved}`],
  [41, 'it ended the TLS handshake with alert 41'],
])('says what alert %i means', (number, meaning) => {
  expect(alertMeaning(number)).toBe(meaning);
});

it('calls the usual types in a name by their short names', () => {
  const types = ['2.5.4.3', '2.5.4.5', '2.5.4.6', '2.5.4.7', '2.5.4.8', '2.5.4.10', '2.5.4.11'];
  const others = ['0.9.2342.19200300.100.1.25', '1.2.840.113549.1.9.1'];
  const parts = [...types, ...others].map((type) => set(sequence(objectIdentifier(type), utf8String('x'))));
  const short = 'CN=x, serialNumber=x, C=x, L=x, ST=x, O=x, OU=x, DC=x, emailAddress=x';
  expect(distinguishedName(sequence(...parts))).toBe(short);
});
