/** The little of DER (X.690) that an X.509 certificate needs, written and never read. */

const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  generalizedTime: 0x18,
} as const;

export const sequence = (...elements: readonly Buffer[]): Buffer => element(tags.sequence, Buffer.concat(elements));
export const set = (...elements: readonly Buffer[]): Buffer => element(tags.set, Buffer.concat(elements));
/** `[number]` of a constructed value. */
export const explicit = (number: number, content: Buffer): Buffer => element(0xa0 + number, content);
/** `[number]` in place of a primitive value's own tag. */
export const implicit = (number: number, content: Buffer): Buffer => element(0x80 + number, content);
export const boolean = (value: boolean): Buffer => element(tags.boolean, Buffer.of(value ? 0xff : 0));
export const octetString = (bytes: Buffer): Buffer => element(tags.octetString, bytes);
export const utf8String = (text: string): Buffer => element(tags.utf8String, Buffer.from(text, 'utf8'));
export const bitString = (bytes: Buffer, unusedBits = 0): Buffer =>
  element(tags.bitString, Buffer.concat([Buffer.of(unusedBits), bytes]));

/** A non-negative integer, given by its bytes. */
export function integer(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const least = bytes.subarray(first === -1 ? bytes.length - 1 : first);
  return element(tags.integer, (least[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), least]) : least);
}

export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(tags.objectIdentifier, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

export function time(moment: Date): Buffer {
  const text = moment.toISOString().replace(/[-:T]|\.\d+/g, '');
  return element(tags.generalizedTime, Buffer.from(text, 'ascii'));
}

function element(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.of(tag), length(content.length), content]);
}

function length(size: number): Buffer {
  if (size < 0x80) return Buffer.of(size);
  const bytes: number[] = [];
  for (let left = size; left > 0; left = Math.floor(left / 256)) bytes.unshift(left % 256);
  return Buffer.from([0x80 + bytes.length, ...bytes]);
}

function base128(value: number): number[] {
  const bytes = [value % 128];
  for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128)) bytes.unshift(128 + (left % 128));
  return bytes;
}
