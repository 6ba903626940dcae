import { type Benchmark, benchmarks, type Control, defaultBenchmark, familyOf } from '../control.ts';
import { controls } from './index.ts';

/** The set of a benchmark version: the controls that have a number in it, and our own checks, which have none anywhere. */
export const controlsOf = (benchmark: Benchmark): readonly Control[] =>
  controls.filter((each) => familyOf(each) === 'own' || each.numbers[benchmark] !== undefined);

/** By slug, or by the number that it has in this benchmark version: the same number names another control in another version. */
export const findControl = (word: string, benchmark: Benchmark = defaultBenchmark): Control | undefined =>
  controls.find(({ slug, numbers }) => slug === word || numbers[benchmark]?.number === word);

/** What may have been meant by a word that names no control, as the end of a sentence: the number's meaning elsewhere, else the nearest names. */
export function suggestion(word: string, benchmark: Benchmark): string {
  const elsewhere = benchmarks.toReversed().flatMap((version) => {
    const control = findControl(word, version);
    return version === benchmark || control === undefined ? [] : [`it is ${control.slug} in ${version}`];
  });
  if (elsewhere[0] !== undefined) return `${elsewhere[0]}; give that name or --benchmark`;

  // Any number would be near a short word.
  const names = controls.flatMap(({ slug, numbers }) =>
    /^[\d.]+$/.test(word) ? (numbers[benchmark]?.number ?? []) : slug,
  );
  const nearest = names
    .map((name) => ({ name, far: distance(word.toLowerCase(), name) }))
    .toSorted((one, other) => one.far - other.far);
  return `the nearest: ${nearest
    .slice(0, 3)
    .map(({ name }) => name)
    .join(', ')}; the command controls lists all`;
}

/** Letters to insert or replace (1 each), or to leave out of the name (1/4 each: people type a part of a name). */
export function distance(word: string, name: string): number {
  let row = Array.from({ length: name.length + 1 }, (_, length) => length / 4);

  for (const [at, letter] of [...word.slice(0, 100)].entries()) {
    const next = [at + 1];
    for (let index = 0; index < name.length; index += 1) {
      const replaced = (row[index] ?? 0) + (name[index] === letter ? 0 : 1);
      next.push(Math.min(replaced, (row[index + 1] ?? 0) + 1, (next[index] ?? 0) + 0.25));
    }
    row = next;
  }
  return row[name.length] ?? 0;
}
