import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distinguishedName } from '../../../../lambda/core/read/tls/distinguished-name.ts';
import { objectIdentifier, sequence, set, utf8String } from '../../../lab/kubernetes/der.ts';
import { bytes, commonName } from './flight-bytes.ts';

const name = (...parts: readonly (readonly [string, string])[]) =>
  sequence(...parts.map(([type, words]) => set(sequence(objectIdentifier(type), utf8String(words)))));

const common = [0x55, 4, 3];
const text = (words: string) => new TextEncoder().encode(words);
/** A part whose object identifier and value are these bytes. */
const part = (type: readonly number[], tag: number, value: Uint8Array) =>
  set(sequence(Buffer.from(bytes(6, type.length, type)), Buffer.from(bytes(tag, value.length, value))));
const a = utf8String('a');
const cn = objectIdentifier('2.5.4.3');
const attributeA = sequence(cn, a);

describe('distinguishedName', () => {
  it.each([
    ['the name that kubelets were recorded with', commonName('kubelet-client-ca'), 'CN=kubelet-client-ca'],
    ['parts in their order', name(['2.5.4.6', 'DE'], ['2.5.4.10', 'Ex'], ['2.5.4.3', 'k']), 'C=DE, O=Ex, CN=k'],
    ['a part without a short name', name(['1.2.3.4', 'x']), '1.2.3.4=x'],
    ['two parts in one set', sequence(set(attributeA, sequence(objectIdentifier('2.5.4.10'), a))), 'CN=a, O=a'],
    ['a comma and a backslash in a value', name(['2.5.4.3', 'a\\b, O=c']), 'CN=a\\\\b\\, O=c'],
    ['terminal sequences and line breaks', name(['2.5.4.3', '\u001b[31mred\r\nline']), 'CN=red line'],
    ['a UTF8String', sequence(part(common, 0x0c, text('aä'))), 'CN=aä'],
    ['a PrintableString', sequence(part(common, 0x13, text('a'))), 'CN=a'],
    ['a T61String', sequence(part(common, 0x14, text('a'))), 'CN=a'],
    ['an IA5String', sequence(part(common, 0x16, text('a'))), 'CN=a'],
    ['a BMPString', sequence(part(common, 0x1e, bytes(0, 0x61, 0x4e, 0x2d))), 'CN=a中'],
    ['an empty text', sequence(part(common, 0x0c, bytes())), 'CN='],
  ])('reads %s', (_, der, expected) => expect(distinguishedName(der)).toBe(expected));

  it.each([
    ['nothing', bytes()],
    ['an empty name', sequence()],
    ['an empty set', sequence(set())],
    ['bytes after the name', bytes(commonName('a'), 0)],
    ['a name cut short', commonName('abc').subarray(0, -1)],
    ['an indefinite length', bytes(0x30, 0x80, 0, 0)],
    ['a length of four bytes', bytes(0x30, 0x84, 0xff, 0xff, 0xff, 0xff)],
    ['an integer for a value', sequence(part(common, 2, bytes(5)))],
    ['an octet string for a value', sequence(part(common, 0x04, text('a')))],
    ['a UniversalString', sequence(part(common, 0x1c, bytes(0, 0, 0, 0x61)))],
    ['an unfinished object identifier', sequence(set(sequence(Buffer.of(6, 1, 0x80), a)))],
    ['a set where the name should be', set(attributeA)],
    ['a sequence where a set should be', sequence(sequence(attributeA))],
    ['a set where an attribute should be', sequence(set(set(cn, a)))],
    ['a text where its type should be', sequence(set(sequence(a, a)))],
    ['an attribute with more in it', sequence(set(sequence(cn, a, a)))],
    ['an attribute without a value', sequence(set(sequence(cn)))],
    ['a good part before a bad one', sequence(part(common, 0x0c, text('a')), part(common, 2, bytes(5)))],
  ])('takes %s for no name', (_, der) => expect(distinguishedName(Uint8Array.from(der))).toBeUndefined());

  it('is bounded, and never throws', () => {
    const begun = fc.uint8Array({ maxLength: 60 }).map((tail) => bytes(0x30, tail.length, tail));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), begun), (der) => {
        expect(distinguishedName(der)?.length ?? 0).toBeLessThanOrEqual(120);
      }),
    );
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
    [Array(32).fill(1), `0.${Array(32).fill('1').join('.')}=x`],
    [Array(33).fill(1), undefined],
    [[], undefined],
    [[0x55, 0x84], undefined],
  ])('reads the object identifier %j', (type, expected) => {
    expect(distinguishedName(sequence(part(type, 0x0c, text('x'))))).toBe(expected);
  });

  it('reads lengths of one and two bytes more, and no others', () => {
    const value = text('x'.repeat(40));
    const of = (...length: readonly number[]) => {
      const attributes = bytes(6, 3, common, 0x0c, length, value);
      const inner = bytes(0x30, attributes.length, attributes);
      return distinguishedName(bytes(0x30, inner.length + 2, 0x31, inner.length, inner));
    };
    expect([of(40), of(0x81, 40), of(0x82, 0, 40)]).toEqual(Array(3).fill(`CN=${'x'.repeat(40)}`));
    const others = [
      of(0x80),
      of(0x80, 0, 40),
      of(0x83, 0, 40),
      of(0x83, 0, 0, 40),
      of(0x84, 0, 0, 0, 40),
      of(41),
      of(39),
    ];
    expect(others).toEqual(Array(7).fill(undefined));
  });

  it('has 16 parts at most, in sets or in one', () => {
    const sixteen = Array(16).fill('CN=a').join(', ');
    const one = part(common, 0x0c, text('a'));
    expect(distinguishedName(sequence(...Array(16).fill(one)))).toBe(sixteen);
    expect(distinguishedName(sequence(set(...Array(16).fill(attributeA))))).toBe(sixteen);
    expect(distinguishedName(sequence(...Array(17).fill(one)))).toBe(sixteen);
  });

  it('bounds each value and the whole', () => {
    const of = (...words: string[]) => distinguishedName(name(...words.map((each) => ['2.5.4.3', each] as const)));
    expect(of('x'.repeat(64))).toBe(`CN=${'x'.repeat(64)}`);
    expect(of('x'.repeat(65))).toBe(`CN=${'x'.repeat(63)}…`);
    expect(of('x'.repeat(64), 'y'.repeat(64))).toBe(`CN=${'x'.repeat(64)}, CN=${'y'.repeat(47)}…`);
  });
});
