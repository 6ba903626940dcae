import { join } from 'node:path';
import { systemClock } from '../adapters/clock.ts';
import { readInput } from '../adapters/read-input.ts';
import { environment } from '../contract/environment.ts';
import type { Benchmark } from '../core/judge/control.ts';
import type { Waiver } from '../core/judge/waivers/waiver.ts';
import { waiversFrom } from '../core/judge/waivers/waivers-from.ts';

interface Deployed {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder of the function's code. */
  readonly folder: string;
  readonly benchmark: Benchmark;
  readonly longestWaiver: number;
}

/**
 * The waivers that were deployed with the code; none when the deployment has none. If the file is missing, nothing is audited: the waived failures
 * would open alerts.
 * @throws OperatorError when the file is not there, UsageError when an entry cannot be used
 */
export async function deployedWaivers({ env, folder, benchmark, longestWaiver }: Deployed): Promise<readonly Waiver[]> {
  const file = env[environment.waivers];
  if (!file) return [];

  const { text } = await readInput(join(folder, file), process.stdin);
  return waiversFrom(text, { file, benchmark, longestWaiver, now: systemClock.now() });
}
