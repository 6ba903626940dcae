import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distinguishedName } from '../../../../lambda/core/read/tls/distinguished-name.ts';
import { objectIdentifier, sequence, set, utf8String } from '../../../lab/kubernetes/der.ts';
import { bytes, commonName } from './flight-bytes.ts';

const attribute = (type: string, value: Uint8Array) => set(sequence(objectIdentifier(type), Buffer.from(value)));
const name = (...parts: readonly (readonly [string, string])[]) =>
  sequence(...parts.map(([type, text]) => attribute(type, utf8String(text))));

describe('distinguishedName', () => {
  it.each([
    ['the name that kubelets were recorded with', commonName('kubelet-client-ca'), 'CN=kubelet-client-ca'],
    [
      'several parts in the order in which they stand',
      name(['2.5.4.6', 'DE'], ['2.5.4.10', 'Example'], ['2.5.4.3', 'kubernetes']),
      'C=DE, O=Example, CN=kubernetes',
    ],
    ['a part without a short name', name(['1.2.3.4', 'x']), '1.2.3.4=x'],
    ['a comma in a value', name(['2.5.4.3', 'a, O=b']), 'CN=a\\, O=b'],
    [
      'two parts in one set',
      sequence(
        set(
          sequence(objectIdentifier('2.5.4.3'), utf8String('a')),
          sequence(objectIdentifier('2.5.4.10'), utf8String('b')),
        ),
      ),
      'CN=a, O=b',
    ],
    ['terminal sequences and line breaks', name(['2.5.4.3', '\u001b[31mred\r\nline']), 'CN=red line'],
    ['a PrintableString', sequence(attribute('2.5.4.3', bytes(0x13, 2, 0x61, 0x62))), 'CN=ab'],
    ['a BMPString', sequence(attribute('2.5.4.3', bytes(0x1e, 4, 0, 0x61, 0, 0x62))), 'CN=ab'],
  ])('reads %s', (_what, der, text) => expect(distinguishedName(der)).toBe(text));

  it.each([
    ['nothing', bytes()],
    ['an empty name', sequence()],
    ['bytes after the name', bytes(commonName('a'), 0)],
    ['a name cut short', commonName('abc').subarray(0, -1)],
    ['an indefinite length', bytes(0x30, 0x80, 0, 0)],
    ['a length of four bytes', bytes(0x30, 0x84, 0xff, 0xff, 0xff, 0xff)],
    ['an integer for a value', sequence(attribute('2.5.4.3', bytes(2, 1, 5)))],
    ['an unfinished object identifier', sequence(set(sequence(Buffer.of(6, 1, 0x80), utf8String('a'))))],
  ])('takes %s for no name', (_what, der) => expect(distinguishedName(der)).toBeUndefined());

  it('is bounded, and never throws', () => {
    expect(distinguishedName(name(...Array(40).fill(['2.5.4.3', 'x'.repeat(200)])))?.length ?? 0).toBeLessThanOrEqual(
      120,
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 80 }),
          fc.uint8Array({ maxLength: 60 }).map((tail) => bytes(0x30, tail.length, tail)),
        ),
        (der) => {
          expect(distinguishedName(der)?.length ?? 0).toBeLessThanOrEqual(120);
        },
      ),
    );
  });

  /** A part whose object identifier and value are these bytes. */
  const part = (type: readonly number[], tag: number, value: Uint8Array) =>
    set(sequence(Buffer.from(bytes(6, type.length, type)), Buffer.from(bytes(tag, value.length, value))));
  const common = [0x55, 4, 3];
  const text = (words: string) => new TextEncoder().encode(words);

  it.each([
    [0x0c, text('aä'), 'CN=aä'],
    [0x13, text('a'), 'CN=a'],
    [0x14, text('a'), 'CN=a'],
    [0x16, text('a'), 'CN=a'],
    [0x1e, bytes(0, 0x61, 0x4e, 0x2d), 'CN=a中'],
    [0x04, text('a'), undefined],
    [0x1c, bytes(0, 0, 0, 0x61), undefined],
    [0x0c, bytes(), 'CN='],
  ])('reads a value of the tag %i', (tag, value, expected) => {
    expect(distinguishedName(sequence(part(common, tag, value)))).toBe(expected);
  });

  it.each([
    [[0], '0.0=x'],
    [[0x27], '0.39=x'],
    [[0x28], '1.0=x'],
    [[0x4f], '1.39=x'],
    [[0x50], '2.0=x'],
    [[0x78], '2.40=x'],
    [[0x81, 0x34, 3], '2.100.3=x'],
    [[0x2a, 0x86, 0x48], '1.2.840=x'],
    [[0x55, 4, 3], 'CN=x'],
    [Array(32).fill(1), `0.${Array(32).fill('1').join('.')}=x`],
    [Array(33).fill(1), undefined],
    [[], undefined],
    [[0x55, 0x84], undefined],
  ])('reads the object identifier %j', (type, expected) => {
    const read = distinguishedName(sequence(part(type, 0x0c, text('x'))));
    expect(read).toBe(expected);
  });

  it('reads lengths of one and two bytes more, and no others', () => {
    const value = text('x'.repeat(40));
    const element = (tag: number, length: readonly number[], content: Uint8Array) => bytes(tag, length, content);
    const type = bytes(6, 3, common);
    const of = (length: readonly number[]) => {
      const attributes = bytes(type, element(0x0c, length, value));
      const inner = bytes(0x30, attributes.length, attributes);
      return distinguishedName(bytes(0x30, inner.length + 2, 0x31, inner.length, inner));
    };
    const whole = `CN=${'x'.repeat(40)}`;
    expect([of([40]), of([0x81, 40]), of([0x82, 0, 40])]).toEqual([whole, whole, whole]);
    expect([of([0x80]), of([0x83, 0, 0, 40]), of([0x84, 0, 0, 0, 40]), of([41]), of([39])]).toEqual(
      Array(5).fill(undefined),
    );
  });

  it('has 16 parts at most, in sets or in one', () => {
    const one = part(common, 0x0c, text('a'));
    expect(distinguishedName(sequence(...Array(16).fill(one)))).toBe(Array(16).fill('CN=a').join(', '));
    const attributeOf = sequence(objectIdentifier('2.5.4.3'), utf8String('a'));
    expect(distinguishedName(sequence(set(...Array(16).fill(attributeOf))))).toBe(Array(16).fill('CN=a').join(', '));
    expect(distinguishedName(sequence(...Array(17).fill(one)))).toBe(Array(16).fill('CN=a').join(', '));
  });

  it('bounds each value and the whole, and marks what would end a value', () => {
    const of = (...words: readonly string[]) =>
      distinguishedName(name(...words.map((each) => ['2.5.4.3', each] as const)));
    expect(of('x'.repeat(64))).toBe(`CN=${'x'.repeat(64)}`);
    expect(of('x'.repeat(65))).toBe(`CN=${'x'.repeat(63)}…`);
    expect(of('x'.repeat(64), 'y'.repeat(64))).toBe(`CN=${'x'.repeat(64)}, CN=${'y'.repeat(47)}…`);
    expect(of('a\\b,c')).toBe('CN=a\\\\b\\,c');
  });

  it.each([
    ['a set where the name should be', set(sequence(objectIdentifier('2.5.4.3'), utf8String('a')))],
    ['a sequence where a set should be', sequence(sequence(sequence(objectIdentifier('2.5.4.3'), utf8String('a'))))],
    ['a set where an attribute should be', sequence(set(set(objectIdentifier('2.5.4.3'), utf8String('a'))))],
    ['a text where its type should be', sequence(set(sequence(utf8String('b'), utf8String('a'))))],
    [
      'an attribute with more in it',
      sequence(set(sequence(objectIdentifier('2.5.4.3'), utf8String('a'), utf8String('b')))),
    ],
    ['an attribute without a value', sequence(set(sequence(objectIdentifier('2.5.4.3'))))],
    ['an empty set', sequence(set())],
    ['a good part before a bad one', sequence(part(common, 0x0c, text('a')), part(common, 2, bytes(5)))],
    ['more behind it', bytes(sequence(part(common, 0x0c, text('a'))), 0x30, 0)],
  ])('takes for none %s', (_, der) => {
    expect(distinguishedName(Uint8Array.from(der))).toBeUndefined();
  });
});
