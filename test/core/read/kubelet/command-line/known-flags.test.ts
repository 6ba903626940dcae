import { expect, it } from 'vitest';
import { isUnknownTo, typeOfFlag } from '../../../../../lambda/core/read/kubelet/command-line/known-flags.ts';

it.each([
  ['value', 'config v'],
  ['bool', 'anonymous-auth fail-swap-on windows-service add-dir-header profiling skip-log-headers'],
  ['unknown', 'brand-new '],
])('knows whether a flag takes the next word: %s of %s', (type, names) => {
  expect(names.split(' ').map(typeOfFlag)).toEqual(names.split(' ').map(() => type));
});

it.each([
  [29, 'profiling', true],
  [34, 'profiling', true],
  [31, 'brand-new', true],
  [28, 'profiling', false],
  [36, 'brand-new', true],
  [37, 'brand-new', false],
  [29, 'cloud-config', false],
  [34, 'cloud-config', true],
  [34, 'pod-infra-container-image', false],
  [35, 'pod-infra-container-image', true],
  [undefined, 'brand-new', false],
  [31, 'anonymous-auth', false],
  [31, 'config', false],
])('a kubelet 1.%s stops at --%s: %j', (minor, name, stops) => {
  expect(isUnknownTo(minor, name)).toBe(stops);
});
