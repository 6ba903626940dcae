import { cipherSuites, namedGroups, signatureSchemes } from './cipher-suites.ts';

const renegotiationInfo = 0x00ff;

/**
 * The one message that the probe sends: a TLS 1.2 ClientHello in one record. It has no server name (an address has none) and doesn't offer TLS 1.3,
 * which would encrypt the answer.
 * @param random 32 random bytes; the server signs them
 */
export function clientHello(random: Uint8Array): Uint8Array {
  const extensions = [
    extension(10, vector(2, namedGroups.flatMap(uint16))),
    extension(11, vector(1, [0])), // points uncompressed
    extension(13, vector(2, [...signatureSchemes.keys()].flatMap(uint16))),
  ].flat();
  const body = [
    ...uint16(0x0303),
    ...random,
    ...vector(1, []), // no session to resume
    ...vector(2, [...cipherSuites, renegotiationInfo].flatMap(uint16)),
    ...vector(1, [0]), // no compression
    ...vector(2, extensions),
  ];
  const message = [1, ...vector(3, body)];

  return Uint8Array.from([22, ...uint16(0x0301), ...vector(2, message)]);
}

const extension = (type: number, content: readonly number[]): readonly number[] => [
  ...uint16(type),
  ...vector(2, content),
];

const uint16 = (value: number): readonly number[] => [value >> 8, value & 0xff];

function vector(width: 1 | 2 | 3, content: readonly number[]): readonly number[] {
  const length = [content.length >> 16, (content.length >> 8) & 0xff, content.length & 0xff];
  return [...length.slice(3 - width), ...content];
}
