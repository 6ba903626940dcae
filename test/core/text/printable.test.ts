import fc from 'fast-check';
import { expect, it } from 'vitest';
import { printable } from '../../../lambda/core/text/printable.ts';
import { seconds } from '../../patience.ts';

it.each([
  ['plain words', 'plain words'],
  ['\u001b[31mred\u001b[0m', 'red'],
  ['\u001b]0;title\u0007after', 'after'],
  ['a\r\nb\tc', 'a b c'],
  ['nul\u0000byte', 'nul byte'],
  ['right\u202eto left', 'right to left'],
  ['zero\u200bwidth', 'zero width'],
  ['grüße 🙂', 'grüße 🙂'],
])('shows %j as %j', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

it('cuts what is too long, and shows that it did', () => {
  expect(printable('x'.repeat(300))).toBe(`${'x'.repeat(199)}…`);
  expect(printable('abcdef', 4)).toBe('abc…');
});

it('never holds a control character nor more than its limit, whatever the text', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: fc.constantFrom('\u001b', '[', ']', '0', ';', 'm', '\u0007', '\u009b', 'x', '\ud83d') }),
      ),
      fc.integer({ min: 1, max: 50 }),
      (text, limit) => {
        const shown = printable(text, limit);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
        expect(shown.length).toBeLessThanOrEqual(limit);
      },
    ),
    { numRuns: 200 },
  );
});

it('costs no more for a megabyte than for a line', () => {
  const start = performance.now();
  printable('\u001b]'.repeat(1_000_000));
  expect(performance.now() - start).toBeLessThan(seconds(1));
});
