import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatGoDuration, parseGoDuration } from '../../../../../lambda/core/read/kubelet/documents/go-values.ts';

// The machines of directed-machines.test.ts ask for the others.
it.each([
  ['90m', '1h30m0s'],
  ['1.5h', '1h30m0s'],
  ['-1h', '-1h0m0s'],
  ['+1s', '1s'],
  ['1.5µs', '1.5µs'],
  ['1h'.repeat(100), '100h0m0s'],
  ['0', '0s'],
  ['0.3333333333333333333h', '20m0s'],
  [`0.${'9'.repeat(40)}ns`, '1ns'],
  ['-9223372036854775808ns', '-2562047h47m16.854775808s'],
])('shows %s as Go does: %s', (text, shown) => {
  const nanoseconds = parseGoDuration(text);
  expect(nanoseconds !== undefined && formatGoDuration(nanoseconds)).toBe(shown);
});

it.each([
  '',
  '1 h',
  '9223372036854775808ns',
  '-9223372036854775809ns',
  '2562047h1h',
  '5',
  'h',
  '.s',
  '1d',
  '1h-1m',
  'five',
  '--1s',
  '9999999999h',
  '0.',
  '1_0s',
])('refuses %j as Go does', (text) => expect(parseGoDuration(text)).toBeUndefined());

it('reads 4,096 characters at most', () => {
  const [longest, longer] = ['1h'.repeat(2048), `0${'1h'.repeat(2048)}`];
  expect([parseGoDuration(longest), parseGoDuration(longer)]).toEqual([2048n * 3_600_000_000_000n, undefined]);
});

it('reads back every duration that it shows', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), (nanoseconds) => {
      expect(parseGoDuration(formatGoDuration(nanoseconds))).toBe(nanoseconds);
    }),
  );
});
