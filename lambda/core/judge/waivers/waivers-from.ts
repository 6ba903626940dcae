import { UsageError } from '../../model/operator-error.ts';
import type { BenchmarkChoice } from '../control.ts';
import { parseWaivers } from './parse-waivers.ts';
import type { Waiver } from './waiver.ts';

interface WaiversFromOptions {
  readonly file: string;
  readonly benchmark: BenchmarkChoice;
  readonly now: Date;
  /** Most days from now to the end of a waiver. */
  readonly longestWaiver: number;
  /** Hears what to change in a file that can be used. */
  readonly warn?: (text: string) => void;
}

/** Faults of a file that are reported at once. */
const mostFaults = 10;

/**
 * The waivers of a file, all or none: one that is misread would hide a failure.
 * @throws UsageError naming the file and each entry that cannot be used
 */
export function waiversFrom(text: string, { file, warn, ...options }: WaiversFromOptions): readonly Waiver[] {
  const parsed = parseWaivers(text, { ...options, ...(warn && { warn: (each) => warn(`'${file}': ${each}`) }) });
  if (parsed.ok) return parsed.value;

  const more = parsed.error.length - mostFaults;
  throw new UsageError(
    `the waivers of '${file}' cannot be used: ${parsed.error.slice(0, mostFaults).join('; ')}${more > 0 ? `; and ${more} more` : ''}`,
  );
}
