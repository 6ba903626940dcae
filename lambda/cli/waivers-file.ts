import { waiversFrom } from '../core/judge/waivers/parse-waivers.ts';
import type { Waiver } from '../core/judge/waivers/waiver.ts';
import { readInput } from '../wiring/files.ts';
import type { Settings } from '../wiring/settings.ts';
import { type Terminal, terminalLog } from './terminal.ts';

/**
 * The waivers of `--waivers`, all or none.
 * @throws UsageError naming each entry that cannot be used
 */
export async function waiversOf(
  file: string | undefined,
  { benchmark, longestWaiver }: Pick<Settings, 'benchmark' | 'longestWaiver'>,
  terminal: Terminal,
): Promise<readonly Waiver[]> {
  if (file === undefined) return [];

  const { text } = await readInput(file, terminal.stdin);
  return waiversFrom(text, {
    file,
    benchmark,
    longestWaiver,
    now: new Date(),
    warn: (each) => terminalLog(terminal).warn(each),
  });
}
