import type { Via } from '../../../model/model.ts';
import { UsageError } from '../../../model/operator-error.ts';
import type { Benchmark, Control } from '../../control.ts';
import { controlsOf, findControl, suggestion } from './find-control.ts';
import { shows } from './shows.ts';

/**
 * The controls of an audit, and those left out because no option names them and its sources can't show them. Those are neither judged nor missed, but
 * reported once.
 */
export interface ChosenControls {
  readonly controls: readonly Control[];
  readonly leftOut: readonly Control[];
}

interface Choice {
  readonly benchmark: Benchmark;
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
export function chosenControls(words: readonly string[], { benchmark, sources, every = [] }: Choice): ChosenControls {
  const named = controlsNamed(words, benchmark);
  if (named.length > 0) return { controls: named, leftOut: [] };

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
export const controlsNamed = (words: readonly string[], benchmark: Benchmark): readonly Control[] => [
  ...new Set(words.map((word) => controlNamed(word, benchmark))),
];

/** @throws UsageError with what may have been meant */
export function controlNamed(word: string, benchmark: Benchmark): Control {
  const control = findControl(word, benchmark);
  if (control) return control;
  throw new UsageError(`no control '${word}' in ${benchmark}; ${suggestion(word, benchmark)}`);
}
