import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distinguishedName } from '../../../lambda/core/tls/distinguished-name.ts';
import { objectIdentifier, sequence, set, utf8String } from '../../lab/kubernetes/der.ts';
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
});
