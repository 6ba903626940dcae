import fc from 'fast-check';
import { expect, it } from 'vitest';
import { printable } from '../../../../lambda/core/model/text/words.ts';

it.each([
  ['plain words', 'plain words'],
  ['\u001b[31mred\u001b[0m', 'red'],
  ['\u001b]0;title\u0007after', 'after'],
  ['a\r\nb\tc', 'a b c'],
  ['nul\u0000byte', 'nul byte'],
  ['right\u202eto left', 'right to left'],
  ['zero\u200bwidth', 'zero width'],
  ['grüße 🙂', 'grüße 🙂'],
  [' \t a  b \n', 'a b'],
  ['a\u0001\u0002b', 'a b'],
  ['soft\u00adhyphen', 'soft hyphen'],
  ['private\ue000use', 'private use'],
  ['half\ud83dof a pair', 'half of a pair'],
  ['line\u2028and\u2029paragraph', 'line and paragraph'],
  ['no\uffffcharacter', 'no character'],
])('shows %j as %j', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

it.each([
  ['no parameters', '\u001b[m'],
  ['parameters', '\u001b[1;31m'],
  ['private parameters', '\u001b[?25h'],
  ['intermediate characters', '\u001b[0 !q'],
  ['one byte to begin with', '\u009b1;31m'],
  ['one byte and no parameters', '\u009bm'],
  ['one byte and intermediate characters', '\u009b0 !q'],
  ['a title that a bell ends', '\u001b]0;title\u0007'],
  ['a title that an escape ends', '\u001b]0;title\u001b\\'],
  ['two characters', '\u001bc'],
])('takes a terminal sequence out whole: %s', (_what, sequence) => {
  expect(printable(`a${sequence}b`)).toBe('a b');
  expect(printable(`a${sequence}${sequence}b`)).toBe('a b');
});

it('takes a title out down to the end, when nothing ends it', () => {
  expect(printable('a\u001b]0;title')).toBe('a');
  expect(printable('a\u001b')).toBe('a');
});

it('cuts what is too long, and shows that it did', () => {
  expect(printable('abcdef', 4)).toBe('abc…');
  expect(printable('abcd', 4)).toBe('abcd');
  expect(printable('x'.repeat(200))).toBe('x'.repeat(200));
  expect(printable('x'.repeat(201))).toBe(`${'x'.repeat(199)}…`);
});

it('shows that it cut what lay behind spaces, and cuts no character in two', () => {
  expect(printable(`ab${' '.repeat(14)}`, 4)).toBe('ab');
  expect(printable(`ab${' '.repeat(15)}`, 4)).toBe('ab…');
  expect(printable('ab🙂cd', 4)).toBe('ab…');
  expect(printable('a🙂bcd', 4)).toBe('a🙂…');
});

it('never holds a control character nor more than its limit, whatever the text', () => {
  const bytes = ['\u001b', '[', ']', '0', ';', 'm', '\u0007', '\u009b', 'x', '\ud83d'];
  const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...bytes) }));
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 50 }), (text, limit) => {
      const shown = printable(text, limit);
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
      expect(shown.length).toBeLessThanOrEqual(limit);
    }),
    { numRuns: 200 },
  );
});

it('makes of a megabyte what it makes of its begin', () => {
  const text = '\u001b]'.repeat(1_000_000);
  expect(printable(text)).toBe(printable(text.slice(0, 10_000)));
});
