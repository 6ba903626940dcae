import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findingText } from '../../../lambda/core/findings/identity.ts';

describe('the text of a finding', () => {
  it.each([
    ['keeps plain text', 'ip-10-0-0', 'ip-10-0-0'],
    ['makes one line of many', 'a\r\n\tb', 'a b'],
    ['drops escape sequences and text that turns direction', 'a\u001b[31m\u202eb', 'a b'],
    ['drops half of a surrogate pair', 'a\ud800b', 'a b'],
    ['says that blank text is none', ' \u0000\u200b ', '(none)'],
    ['marks what it cuts', '01234567890123', '012345678…'],
    ['cuts before a pair, not inside', '01234567😀😀😀', '01234567…'],
  ])('%s', (_, text, expected) => {
    expect(findingText(text, 10)).toBe(expected);
  });

  it('is never blank, too long, ill-formed or more than one line, whatever comes in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.integer({ min: 8, max: 64 }), (text, max) => {
        const result = findingText(text, max);
        expect(result.length).toBeLessThanOrEqual(max);
        expect(result.isWellFormed()).toBe(true);
        expect(result).toMatch(/^\S$|^\S.*\S$/u);
        expect(result).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});
