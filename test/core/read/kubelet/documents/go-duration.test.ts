import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatGoDuration, parseGoDuration } from '../../../../../lambda/core/read/kubelet/documents/go-duration.ts';

it.each([
  ['0', '0s'],
  ['0s', '0s'],
  ['4h', '4h0m0s'],
  ['4h0m0s', '4h0m0s'],
  ['90m', '1h30m0s'],
  ['1.5h', '1h30m0s'],
  ['1m30s', '1m30s'],
  ['1500ms', '1.5s'],
  ['100ms', '100ms'],
  ['1.5µs', '1.5µs'],
  ['1us', '1µs'],
  ['5ns', '5ns'],
  ['.5s', '500ms'],
  ['-1h', '-1h0m0s'],
  ['+1s', '1s'],
  ['0.3333333333333333333h', '20m0s'],
  ['0.9999999999999999s', '1s'],
  ['33.333333333333m', '33m19.999999999s'],
  ['0.1ns', '0s'],
  ['1.7us', '1.7µs'],
  ['-9223372036854775808ns', '-2562047h47m16.854775808s'],
  ['9223372036854775807ns', '2562047h47m16.854775807s'],
  [`${'0'.repeat(200)}5s`, '5s'],
  ['1h'.repeat(100), '100h0m0s'],
])('shows %s as Go does: %s', (text, shown) => {
  const nanoseconds = parseGoDuration(text);
  expect(nanoseconds !== undefined && formatGoDuration(nanoseconds)).toBe(shown);
});

it.each([
  '',
  '5',
  '1 h',
  'h',
  '.s',
  '1d',
  '1h-1m',
  'five',
  '--1s',
  '9999999999h',
  '9223372036854775808ns',
  '-9223372036854775809ns',
  '0.',
  '1_0s',
])('refuses %j as Go does', (text) => {
  expect(parseGoDuration(text)).toBeUndefined();
});

it('reads back every duration that it shows', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), (nanoseconds) => {
      expect(parseGoDuration(formatGoDuration(nanoseconds))).toBe(nanoseconds);
    }),
  );
});
