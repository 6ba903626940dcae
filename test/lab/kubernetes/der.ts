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

export function sequence(...elements: readonly Buffer[]): Buffer {
  return element(tags.sequence, Buffer.concat(elements));
}

export function set(...elements: readonly Buffer[]): Buffer {
  return element(tags.set, Buffer.concat(elements));
}

/** `[number]` of a constructed value. */
export function explicit(number: number, content: Buffer): Buffer {
  return element(0xa0 + number, content);
}

/** `[number]` in place of a primitive value's own tag. */
export function implicit(number: number, content: Buffer): Buffer {
  return element(0x80 + number, content);
}

export function boolean(value: boolean): Buffer {
  return element(tags.boolean, Buffer.of(value ? 0xff : 0));
}

/** A non-negative integer, given by its bytes. */
export function integer(bytes: Buffer): Buffer {
  const positive = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
  return element(tags.integer, positive);
}

export function bitString(bytes: Buffer, unusedBits = 0): Buffer {
  return element(tags.bitString, Buffer.concat([Buffer.of(unusedBits), bytes]));
}

export function octetString(bytes: Buffer): Buffer {
  return element(tags.octetString, bytes);
}

export function utf8String(text: string): Buffer {
  return element(tags.utf8String, Buffer.from(text, 'utf8'));
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
