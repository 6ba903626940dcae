import { expect, it } from 'vitest';
import type { SettingPath } from '../../../../lambda/core/model/settings.ts';
import { isReplacedByDefault, settingValue } from '../../../../lambda/core/read/kubelet/setting-facts.ts';

const ca = 'authentication.x509.clientCAFile';

it.each<[SettingPath, string | number | boolean, boolean]>([
  ['readOnlyPort', 2 ** 31 - 1, true],
  ['readOnlyPort', 2 ** 31, false],
  ['readOnlyPort', -(2 ** 31), true],
  ['readOnlyPort', -(2 ** 31) - 1, false],
  ['readOnlyPort', 0.5, false],
  ['readOnlyPort', '0', false],
  ['readOnlyPort', true, false],
  [ca, 'x'.repeat(4096), true],
  [ca, 'x'.repeat(4097), false],
  [ca, 7, false],
  ['protectKernelDefaults', false, true],
  ['protectKernelDefaults', 'false', false],
  ['streamingConnectionIdleTimeout', '1h', true],
  ['streamingConnectionIdleTimeout', 0, false],
  ['streamingConnectionIdleTimeout', '5', false],
])('%s may be %j: %j', (path, tree, isOne) => {
  expect(settingValue(path, tree).ok).toBe(isOne);
});

it.each<[SettingPath, string | number | boolean, boolean]>([
  ['streamingConnectionIdleTimeout', '0s', true],
  ['streamingConnectionIdleTimeout', '1s', false],
  ['authorization.mode', '', true],
  ['authorization.mode', 'Webhook', false],
  [ca, '', false],
  ['readOnlyPort', 0, false],
])('of %s the zero %j counts as left out: %j', (path, value, counts) => {
  expect(isReplacedByDefault(path, value)).toBe(counts);
});
