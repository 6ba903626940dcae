import { Option } from 'commander';
import type { Terminal } from './terminal.ts';

type Environment = Terminal['env'];

/** An option whose default the environment may give; the help says so. */
export function fromEnvironment(env: Environment, flags: string, description: string, variable: string): Option {
  const option = new Option(flags, description);
  return env[variable] ? option.default(env[variable], `${env[variable]}, by ${variable}`) : option;
}

/** Of an option that may be given more than once. */
export const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** The Region of the surroundings: of the environment, else of the profile that is used. */
export async function defaultRegion(
  env: Environment,
  profile: string | undefined,
): Promise<{ readonly defaultRegion?: string }> {
  const named = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'];
  if (named) return { defaultRegion: named };

  const { profileRegion } = await import('../wiring/open/caller.ts');
  const region = await profileRegion(profile);
  return region ? { defaultRegion: region } : {};
}
