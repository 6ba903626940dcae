import type { Benchmark, Control } from '../control.ts';
import { UsageError } from '../operator-error.ts';
import { controlsOf, findControl, suggestion } from './find-control.ts';

/**
 * Controls by slug or by their number in this benchmark version, in the order given, each once. The version's whole set, and our own checks, when
 * the text is empty.
 * @throws UsageError with what may have been meant
 */
export function controlsNamed(text: string, benchmark: Benchmark): readonly Control[] {
  const words = text
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean);

  return words.length === 0 ? controlsOf(benchmark) : [...new Set(words.map((word) => controlNamed(word, benchmark)))];
}

/** @throws UsageError with what may have been meant */
export function controlNamed(word: string, benchmark: Benchmark): Control {
  const control = findControl(word, benchmark);
  if (control) return control;
  throw new UsageError(`no control '${word}' in ${benchmark}; ${suggestion(word, benchmark)}`);
}
