import fc from 'fast-check';
import { expect } from 'vitest';

/** So many when vitest is called by hand; `npm run model` sets how many it wants instead. */
export const howMany = (inEveryTest: number): number => Number(process.env['MODEL_HISTORIES'] ?? inEveryTest);

/** In .ci/run the histories are always the same, so that a commit is judged by what it changed; `npm run model` draws others each time. */
export const drawn = (): { readonly seed?: number } => {
  const seed = process.env['MODEL_SEED'];
  return seed === undefined ? {} : { seed: Number(seed) };
};

/** A move of a history, from its words and what it does. */
export const move = <Model extends object, Real>(
  words: string,
  run: (model: Model, real: Real) => unknown,
  check: (model: Readonly<Model>) => boolean = () => true,
): fc.AsyncCommand<Model, Real> => ({
  check,
  run: async (model, real) => void (await run(model, real)),
  toString: () => words,
});

/** Some history breaks the law, in these words. The histories are always the same, so that none is found by luck. */
export async function expectBroken<T>(law: fc.IAsyncProperty<T>, words: RegExp): Promise<void> {
  const { failed, errorInstance } = await fc.check(law, { numRuns: 300, seed: 1, endOnFailure: true });
  expect(failed).toBe(true);
  expect(String(errorInstance)).toMatch(words);
}
