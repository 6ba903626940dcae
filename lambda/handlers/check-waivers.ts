import { waiversFrom } from '../core/judge/waivers/parse-waivers.ts';
import { UsageError } from '../core/model/operator-error.ts';
import { benchmarkNamed } from '../wiring/settings.ts';

type WaiversFaultOptions = Omit<Parameters<typeof waiversFrom>[1], 'benchmark' | 'now'> & {
  readonly benchmark: string;
};

/**
 * What is wrong with a deployment's waivers, in words; nothing when they can be used. No function calls it: the synthesis asks the bundle that will
 * read the file, so that there is one reading of it.
 */
export function waiversFault(text: string, { benchmark, ...options }: WaiversFaultOptions): string | undefined {
  try {
    waiversFrom(text, { ...options, benchmark: benchmarkNamed(benchmark), now: new Date() });
    return undefined;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.message;
  }
}
