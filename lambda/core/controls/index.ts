import type { Benchmark, Control } from '../control.ts';
import { clientCaFile } from './client-ca-file.ts';

/** Every control of this program, in benchmark order. The next one is one file and one line. */
export const controls: readonly Control[] = [clientCaFile];

/** By slug, or by number: of the named benchmark version, else of any version that has it. */
export function findControl(word: string, benchmark?: Benchmark): Control | undefined {
  return controls.find(({ slug, numbers }) => {
    const known = benchmark === undefined ? Object.values(numbers) : [numbers[benchmark]];
    return slug === word || known.some((each) => each?.number === word);
  });
}
