import type { Benchmark } from '../core/judge/control.ts';
import type { Waiver } from '../core/judge/waivers/waiver.ts';
import { waiversFrom } from '../core/judge/waivers/waivers-from.ts';
import { readInput } from '../wiring/files.ts';
import type { Terminal } from './terminal.ts';

/**
 * The waivers of `--waivers`, all or none.
 * @throws UsageError naming each entry that cannot be used
 */
export async function waiversOf(
  file: string | undefined,
  benchmark: Benchmark,
  { stdin }: Pick<Terminal, 'stdin'>,
): Promise<readonly Waiver[]> {
  if (file === undefined) return [];

  const { text } = await readInput(file, stdin);
  return waiversFrom(text, { file, benchmark });
}
