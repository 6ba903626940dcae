import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesPattern } from '../../../../lambda/core/judge/waivers/find-waiver.ts';

describe('a pattern', () => {
  it.each([
    ['prod', 'prod', true],
    ['prod', 'prod-*', false],
    ['prod-eu', 'prod-*', true],
    ['prod-', 'prod-*', true],
    ['a-prod-b', '*prod*', true],
    ['anything', '*', true],
    ['', '*', true],
    ['', '', true],
    ['a', '', false],
    ['Prod', 'prod', false],
    ['abcabd', '*abd', true],
    ['abcabc', '*abd', false],
    ['axbxc', 'a*b*c', true],
    ['acb', 'a*b*c', false],
  ])('fits %j by %j: %s', (name, pattern, fits) => {
    expect(matchesPattern(name, pattern)).toBe(fits);
  });

  it.each(['a.c', 'a+', '(a|b)', '[ab]', '^a$', 'a?c', 'a\\*', '${a}'])('takes %j by the letter', (pattern) => {
    expect(matchesPattern(pattern, pattern)).toBe(true);
    expect(matchesPattern('abc', pattern)).toBe(false);
  });

  it('agrees with a plain search for its pieces, one after the other', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });

    fc.assert(
      fc.property(letters, pattern, (name, words) => {
        const escaped = words.split('*').join('.*');
        expect(matchesPattern(name, words)).toBe(new RegExp(`^${escaped}$`).test(name));
      }),
      { numRuns: 2000 },
    );
  });

  /** A search that goes back at each piece would not end. */
  it('comes to an end with a name that almost fits', () => {
    expect(matchesPattern(`${'a'.repeat(5000)}c`, `${'*a'.repeat(100)}b`)).toBe(false);
  });
});
