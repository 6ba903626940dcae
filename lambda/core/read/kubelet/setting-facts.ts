import type { SettingFact } from '../../model/model.ts';
import { err, ok, type Result } from '../../model/result.ts';
import { type SettingPath, type SettingValue, settingPaths, settings } from '../../model/settings.ts';
import { formatGoDuration, parseGoDuration } from './documents/go-values.ts';
import type { Tree } from './documents/tree.ts';

/** A fact for every setting that this program may look at. */
export type SettingFacts = Readonly<Record<SettingPath, SettingFact>>;

export function settingFacts(factOf: (path: SettingPath) => SettingFact): SettingFacts {
  const facts: Partial<Record<SettingPath, SettingFact>> = {};
  for (const path of settingPaths) facts[path] = factOf(path);
  // settingPaths holds every key of the record, which the loop cannot say.
  return facts as Record<SettingPath, SettingFact>;
}

export const unknownFact = (because: string): SettingFact => ({ state: 'unknown', because });

/** PATH_MAX of Linux; a longer value is no path and no mode. */
const longestText = 4096;

/** One setting as its Go type reads it from JSON; a duration in Go's own spelling. The error says what it should have been, without the value. */
export function settingValue(path: SettingPath, tree: Tree): Result<SettingValue, string> {
  switch (settings[path].type) {
    case 'string':
      return typeof tree === 'string' && tree.length <= longestText
        ? ok(tree)
        : err(`${path} is no text, or longer than any path`);
    case 'bool':
      return typeof tree === 'boolean' ? ok(tree) : err(`${path} is not true or false`);
    case 'int':
      return typeof tree === 'number' && Number.isInteger(tree) && tree >= -(2 ** 31) && tree < 2 ** 31
        ? ok(tree)
        : err(`${path} is not a plain whole number`);
    case 'duration': {
      const nanoseconds = typeof tree === 'string' ? parseGoDuration(tree) : undefined;
      return nanoseconds === undefined
        ? err(`${path} is not a duration such as 4h0m0s`)
        : ok(formatGoDuration(nanoseconds));
    }
  }
}

/** Whether the kubelet takes this zero of a file for "not set" and fills in the default. Source: kubernetes `apis/config/v1beta1/defaults.go`. */
export const isReplacedByDefault = (setting: SettingPath, value: SettingValue): boolean =>
  (setting === 'streamingConnectionIdleTimeout' && value === '0s') ||
  (setting === 'authorization.mode' && value === '');
