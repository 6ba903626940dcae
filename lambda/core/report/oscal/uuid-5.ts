import { createHash } from 'node:crypto';

/** The namespace of this program's UUIDs: a random one, for good. */
const namespace = Buffer.from('6f1d1c0b7a2e4a1f9a5d3c2b8e7f6a54', 'hex');

/** A UUID of version 5 (RFC 9562, 5.5) of these parts, in this order: the same parts give the same UUID in every report. */
export function uuid5(...parts: readonly string[]): string {
  const hash = createHash('sha1').update(namespace).update(JSON.stringify(parts)).digest().subarray(0, 16);
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
