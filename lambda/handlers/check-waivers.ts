import { waiversFrom } from '../core/judge/waivers/waivers-from.ts';
import { UsageError } from '../core/model/operator-error.ts';
import { benchmarkNamed } from '../wiring/settings.ts';

interface WaiversFaultOptions {
  readonly file: string;
  readonly benchmark: string;
  readonly longestWaiver: number;
  readonly warn?: (text: string) => void;
}

/**
 * What is wrong with a deployment's waivers, in words; nothing when they can be used. No function calls it: the synthesis asks the bundle that will
 * read the file, so that there is one reading of it.
 */
export function waiversFault(text: string, { file, benchmark, longestWaiver, warn }: WaiversFaultOptions) {
  try {
    waiversFrom(text, {
      file,
      longestWaiver,
      benchmark: benchmarkNamed(benchmark),
      now: new Date(),
      ...(warn && { warn }),
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.message;
  }
}
