import type { Via } from '../../../model/model.ts';
import { UsageError } from '../../../model/operator-error.ts';
import type { BenchmarkChoice, Control } from '../../control.ts';
import { controlsOf, meaningsOf, setOf, storedControl, suggestion } from './find-control.ts';
import { shows } from './shows.ts';

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
    const found = words.map((word) =>
      stored ? storedNamed(word, benchmark) : { control: controlNamed(word, benchmark) },
    );
    const warnings = found.flatMap((each) => ('warning' in each && each.warning) || []);
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

/**
 * Controls by slug or number, each once.
 * @throws UsageError with what may have been meant
 */
export const controlsNamed = (words: readonly string[], benchmark: BenchmarkChoice): readonly Control[] => [
  ...new Set(words.map((word) => controlNamed(word, benchmark))),
];

/** @throws UsageError with what may have been meant */
export function controlNamed(word: string, benchmark: BenchmarkChoice): Control {
  const meanings = [...meaningsOf(word, benchmark)];
  const [[control] = []] = meanings;
  if (!control) throw unknownControl(word, benchmark);
  if (meanings.length === 1) return control;
  const each = meanings.map(([{ slug }, version]) => `${slug} in ${version}`).join(' and ');
  throw new UsageError(`'${word}' is ${each}; give one of these names, or --benchmark`);
}

function storedNamed(word: string, benchmark: BenchmarkChoice) {
  const found = storedControl(word, benchmark);
  if (found) return found;
  throw unknownControl(word, benchmark);
}

const unknownControl = (word: string, benchmark: BenchmarkChoice): UsageError =>
  new UsageError(`no control '${word}' in ${setOf(benchmark)}; ${suggestion(word, benchmark)}`);
