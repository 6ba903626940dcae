import { byLikeness } from '../../../../contract/nearest.ts';
import type { Via } from '../../../model/model.ts';
import { UsageError } from '../../../model/operator-error.ts';
import {
  type Benchmark,
  type BenchmarkChoice,
  benchmarks,
  benchmarksByKubernetes,
  type Control,
  defaultBenchmark,
  familyOf,
} from '../../control.ts';
import { controls } from '../index.ts';
import { shows } from './shows.ts';

/** The set of a benchmark version: the controls that have a number in it, and our own checks, which have none anywhere. `auto` chooses numbers only. */
export const controlsOf = (choice: BenchmarkChoice): readonly Control[] =>
  controls.filter((each) => familyOf(each) === 'own' || each.numbers[setOf(choice)] !== undefined);

/** The version whose set of controls is judged. */
export const setOf = (choice: BenchmarkChoice): Benchmark => (choice === 'auto' ? defaultBenchmark : choice);

/** By slug, or by the number that it has in this benchmark version: the same number names another control in another version. */
export const findControl = (word: string, benchmark: Benchmark = defaultBenchmark): Control | undefined =>
  controls.find(({ slug, numbers }) => slug === word || numbers[benchmark]?.number === word);

/** What a word names where a person types it. Under `auto` a number can mean one control in one cluster and another in the next. */
export function meaningsOf(word: string, choice: BenchmarkChoice): ReadonlyMap<Control, Benchmark> {
  const versions = choice === 'auto' ? benchmarksByKubernetes.map(({ benchmark }) => benchmark) : [choice];
  return new Map(
    versions.toReversed().flatMap((version) => {
      const control = findControl(word, version);
      return control ? [[control, version] as const] : [];
    }),
  );
}

/** What a word of a settings or waivers file names. 2.0.0 gave known numbers to other controls, so a stored number keeps the meaning that it had in 1.8.0. */
export function storedControl(word: string, choice: BenchmarkChoice): StoredControl | undefined {
  const renumbers = choice === 'auto' || choice === renumbering;
  const control = findControl(word, renumbers ? defaultBenchmark : choice);
  const now = renumbers ? findControl(word, renumbering) : control;
  if (!control || now === control) return control && { control };
  const instead = now ? `it is ${now.slug}` : 'no control has it';
  return {
    control,
    warning: `'${word}' is taken for ${control.slug}, as ${defaultBenchmark} has it; in ${renumbering} ${instead}, so write the name`,
  };
}

const renumbering: Benchmark = 'cis-eks-2.0.0';
type StoredControl = { readonly control: Control; readonly warning?: string };

/**
 * What may have been meant by a word that names no control, as the end of a sentence. A number is looked up in other versions; for other words, the
 * nearest names.
 */
export function suggestion(word: string, choice: BenchmarkChoice): string {
  const elsewhere = benchmarks.toReversed().flatMap((version) => {
    const control = findControl(word, version);
    return version === setOf(choice) || control === undefined ? [] : [`it is ${control.slug} in ${version}`];
  });
  if (elsewhere[0] !== undefined) return `${elsewhere[0]}; give that name or --benchmark`;

  // A number is compared with numbers and a word with slugs: by letters alone, every number would be near a short word.
  const names = controls.flatMap(({ slug, numbers }) =>
    /^[\d.]+$/.test(word) ? (numbers[setOf(choice)]?.number ?? []) : slug,
  );
  const nearest = byLikeness(word, names, 'kubelet-').slice(0, 3);
  return `the nearest: ${nearest.join(', ')}; the command controls lists all`;
}

/**
 * The controls of an audit, and those left out because no option names them and its sources can't show them. Those are neither judged nor missed, but
 * reported once.
 */
export interface ChosenControls {
  readonly controls: readonly Control[];
  readonly leftOut: readonly Control[];
  /** Stored numbers that a newer version of the benchmark gives to another control. */
  readonly warnings?: readonly string[];
}

interface Choice {
  readonly benchmark: BenchmarkChoice;
  /** The words come from a file or the environment, not from a command line: their numbers keep their meaning. */
  readonly stored?: boolean;
  /** The sources that read every node; every control of the machine is looked at with `complete`. */
  readonly sources: readonly Via[] | 'complete';
  /** Every source of the audit: each reads the nodes on which the ones before left a control open that only it shows. */
  readonly every?: readonly Via[];
}

/**
 * Controls by slug or by their number in this benchmark version, in the order given, each once. No word means those of the version's set and
 * the own checks that the sources can show, without opt-in controls.
 * @throws UsageError with what may have been meant
 */
export function chosenControls(
  words: readonly string[],
  { benchmark, stored = false, sources, every = [] }: Choice,
): ChosenControls {
  if (words.length > 0) {
    const found = words.map((word): StoredControl => {
      if (!stored) return { control: controlNamed(word, benchmark) };
      const known = storedControl(word, benchmark);
      if (known) return known;
      throw unknownControl(word, benchmark);
    });
    const warnings = found.flatMap(({ warning }) => warning ?? []);
    return { controls: [...new Set(found.map(({ control }) => control))], leftOut: [], ...(stored && { warnings }) };
  }

  const all = controlsOf(benchmark).filter(({ optIn }) => !optIn);
  const isShown = (control: Control) => {
    // Neither the machine nor the API server shows it, so the rights of `complete` do not help.
    const onlyByConnection = control.about.kind === 'connection';
    if (sources === 'complete') return !onlyByConnection || every.some((via) => shows(via, control));
    return [...sources, ...(onlyByConnection ? every : [])].some((via) => shows(via, control));
  };
  return { controls: all.filter(isShown), leftOut: all.filter((each) => !isShown(each)) };
}

/** @throws UsageError with what may have been meant */
export function controlNamed(word: string, benchmark: BenchmarkChoice): Control {
  const meanings = [...meaningsOf(word, benchmark)];
  const [[control] = []] = meanings;
  if (!control) throw unknownControl(word, benchmark);
  if (meanings.length === 1) return control;
  const each = meanings.map(([{ slug }, version]) => `${slug} in ${version}`).join(' and ');
  throw new UsageError(`'${word}' is ${each}; give one of these names, or --benchmark`);
}

const unknownControl = (word: string, benchmark: BenchmarkChoice): UsageError =>
  new UsageError(`no control '${word}' in ${setOf(benchmark)}; ${suggestion(word, benchmark)}`);
