import { sameKey } from './key-spelling.ts';
import type { SettingPath } from './settings.ts';
import type { RepeatedKey } from './tree.ts';

/** The repeated key, if any, that is a setting or a group above it. */
export function repeatedBelow(setting: SettingPath, repeatedKeys: readonly RepeatedKey[]): RepeatedKey | undefined {
  const steps = setting.split('.');
  return repeatedKeys.find(({ path }) => path.every((step, depth) => sameKey(step, steps[depth] ?? '')));
}
