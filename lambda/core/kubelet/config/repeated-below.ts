import type { RepeatedKey } from '../documents/tree.ts';
import type { SettingPath } from '../settings.ts';
import { sameKey } from './key-spelling.ts';

/** The repeated key, if any, that is a setting or a group above it. */
export function repeatedBelow(setting: SettingPath, repeatedKeys: readonly RepeatedKey[]): RepeatedKey | undefined {
  const steps = setting.split('.');
  return repeatedKeys.find(({ path }) => path.every((step, depth) => sameKey(step, steps[depth] ?? '')));
}
