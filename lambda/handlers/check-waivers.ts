import { waiversFrom } from '../core/judge/waivers/waivers-from.ts';
import { UsageError } from '../core/model/operator-error.ts';
import { benchmarkNamed } from '../wiring/settings.ts';

/**
 * What is wrong with a deployment's waivers, in words; nothing when they can be used. No function calls it: the synthesis asks the bundle that will
 * read the file, so that there is one reading of it.
 */
export function waiversFault(text: string, { file, benchmark }: { readonly file: string; readonly benchmark: string }) {
  try {
    waiversFrom(text, { file, benchmark: benchmarkNamed(benchmark) });
    return undefined;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.message;
  }
}
