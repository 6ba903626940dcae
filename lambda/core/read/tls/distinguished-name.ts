import { printable } from '../../model/text/printable.ts';
import { ByteReader } from './byte-reader.ts';

const shortNames: ReadonlyMap<string, string> = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.5', 'serialNumber'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
  ['1.2.840.113549.1.9.1', 'emailAddress'],
]);

const tags = { sequence: 0x30, set: 0x31, objectIdentifier: 0x06, bmpString: 0x1e } as const;

/** UTF8String, PrintableString, T61String, IA5String: read as UTF-8, which the others are parts of or close to. */
const textTags = [0x0c, 0x13, 0x14, 0x16];

const mostParts = 16;
const mostCharacters = 120;

/**
 * A DER Name as text, `O=example, CN=kubernetes`: printable, at most 120 characters, in the order in which it is written. `undefined` when the bytes
 * are not a Name.
 */
export function distinguishedName(der: Uint8Array): string | undefined {
  const outer = new ByteReader(der);
  const name = new ByteReader(element(outer, tags.sequence));
  const parts: string[] = [];

  while (outer.atEnd && name.left > 0 && parts.length < mostParts) {
    const set = new ByteReader(element(name, tags.set));
    do parts.push(attribute(element(set, tags.sequence)) ?? '');
    while (set.left > 0 && set.whole && parts.length < mostParts);
    if (!set.whole || !name.whole) return undefined;
  }

  if (!outer.atEnd || !name.whole || parts.length === 0 || parts.includes('')) return undefined;
  return printable(parts.join(', '), mostCharacters);
}

function attribute(der: Uint8Array): string | undefined {
  const reader = new ByteReader(der);
  const type = objectIdentifier(element(reader, tags.objectIdentifier));
  const tag = reader.number(1);
  const value = content(reader);

  const text = textOf(tag, value);
  if (!reader.atEnd || type === undefined || text === undefined) return undefined;
  return `${shortNames.get(type) ?? type}=${printable(text, 64).replace(/[\\,]/g, '\\$&')}`;
}

function textOf(tag: number, value: Uint8Array): string | undefined {
  if (textTags.includes(tag)) return new TextDecoder().decode(value);
  if (tag === tags.bmpString) return new TextDecoder('utf-16be').decode(value);
  return undefined;
}

/** The content of the next element, which must have this tag; what follows is never `whole` when it has another. */
function element(reader: ByteReader, tag: number): Uint8Array {
  return reader.number(1) === tag ? content(reader) : reader.take(Number.POSITIVE_INFINITY);
}

/** Definite lengths of up to two bytes: a name never needs more. */
function content(reader: ByteReader): Uint8Array {
  const first = reader.number(1);
  if (first < 0x80) return reader.take(first);
  if (first === 0x81) return reader.vector(1);
  if (first === 0x82) return reader.vector(2);
  return reader.take(Number.POSITIVE_INFINITY);
}

/** Dotted; `undefined` when it is longer than any that a name has use for. */
function objectIdentifier(bytes: Uint8Array): string | undefined {
  const last = bytes.at(-1);
  if (last === undefined || last >= 0x80 || bytes.length > 32) return undefined;

  const arcs: number[] = [];
  let value = 0;
  for (const byte of bytes) {
    value = value * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    arcs.push(value);
    value = 0;
  }
  const [head = 0, ...rest] = arcs;
  const root = Math.min(2, Math.floor(head / 40));
  return [root, head - root * 40, ...rest].join('.');
}
