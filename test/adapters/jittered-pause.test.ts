import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jitteredPause } from '../../lambda/adapters/jittered-pause.ts';

it('is anything up to a ceiling that doubles, and never beyond 15 seconds', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2_000 }), (attempt) => {
      const pause = jitteredPause(attempt);
      expect(pause).toBeGreaterThanOrEqual(0);
      expect(pause).toBeLessThanOrEqual(Math.min(15_000, 500 * 2 ** (attempt - 1)));
    }),
  );
});

it('differs from one who waits to the next', () => {
  expect(new Set(Array.from({ length: 50 }, () => jitteredPause(6))).size).toBeGreaterThan(25);
});
