import { err, ok, type Result } from '../result.ts';
import { formatGoDuration, parseGoDuration } from './documents/go-duration.ts';
import type { Tree } from './documents/tree.ts';
import { type SettingPath, type SettingValue, settings } from './settings.ts';

/** PATH_MAX of Linux; a longer value is no path and no mode. */
const longestText = 4096;

/** One setting as its Go type reads it from JSON; a duration in Go's own spelling. The error says what it should have been, without the value. */
export function settingValue(path: SettingPath, tree: Tree): Result<SettingValue, string> {
  switch (settings[path].type) {
    case 'string':
      return typeof tree === 'string' && tree.length <= longestText ? ok(tree) : err(`${path} is not a text`);
    case 'bool':
      return typeof tree === 'boolean' ? ok(tree) : err(`${path} is not true or false`);
    case 'int':
      return typeof tree === 'number' && Number.isInteger(tree) && Math.abs(tree) < 2 ** 31
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
