import { byLikeness } from '../../../../contract/nearest.ts';
import { type Benchmark, benchmarks, type Control, defaultBenchmark, familyOf } from '../../control.ts';
import { controls } from '../index.ts';

/** The set of a benchmark version: the controls that have a number in it, and our own checks, which have none anywhere. */
export const controlsOf = (benchmark: Benchmark): readonly Control[] =>
  controls.filter((each) => familyOf(each) === 'own' || each.numbers[benchmark] !== undefined);

/** By slug, or by the number that it has in this benchmark version: the same number names another control in another version. */
export const findControl = (word: string, benchmark: Benchmark = defaultBenchmark): Control | undefined =>
  controls.find(({ slug, numbers }) => slug === word || numbers[benchmark]?.number === word);

/**
 * What may have been meant by a word that names no control, as the end of a sentence. A number is looked up in other versions; for other words, the
 * nearest names.
 */
export function suggestion(word: string, benchmark: Benchmark): string {
  const elsewhere = benchmarks.toReversed().flatMap((version) => {
    const control = findControl(word, version);
    return version === benchmark || control === undefined ? [] : [`it is ${control.slug} in ${version}`];
  });
  if (elsewhere[0] !== undefined) return `${elsewhere[0]}; give that name or --benchmark`;

  // A number is compared with numbers and a word with slugs: by letters alone, every number would be near a short word.
  const names = controls.flatMap(({ slug, numbers }) =>
    /^[\d.]+$/.test(word) ? (numbers[benchmark]?.number ?? []) : slug,
  );
  const nearest = byLikeness(word, names, 'kubelet-').slice(0, 3);
  return `the nearest: ${nearest.join(', ')}; the command controls lists all`;
}
