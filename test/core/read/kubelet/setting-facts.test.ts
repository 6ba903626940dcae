import { expect, it } from 'vitest';
import type { SettingPath } from '../../../../lambda/core/model/settings.ts';
import { settingValue } from '../../../../lambda/core/read/kubelet/setting-facts.ts';

const ca = 'authentication.x509.clientCAFile';

it.each<[SettingPath, string | number | boolean, boolean]>([
  ['readOnlyPort', 2 ** 31 - 1, true],
  ['readOnlyPort', 2 ** 31, false],
  ['readOnlyPort', -(2 ** 31), true],
  ['readOnlyPort', -(2 ** 31) - 1, false],
  ['readOnlyPort', 0.5, false],
  [ca, 'x'.repeat(4096), true],
  [ca, 'x'.repeat(4097), false],
  ['streamingConnectionIdleTimeout', 0, false],
])('%s may be %j: %j', (path, tree, isOne) => {
  expect(settingValue(path, tree).ok).toBe(isOne);
});
