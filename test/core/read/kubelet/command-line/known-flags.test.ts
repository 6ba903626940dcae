import { expect, it } from 'vitest';
import {
  isUnknownTo,
  mayTakeNext,
  typeOfFlag,
  valueFault,
} from '../../../../../lambda/core/read/kubelet/command-line/known-flags.ts';

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
  [34, 'logtostderr', true],
  [36, 'brand-new', true],
  [38, 'brand-new', false],
  [29, 'cloud-config', false],
  [33, 'iptables-drop-bit', false],
  [34, 'iptables-drop-bit', true],
  [33, 'iptables-masquerade-bit', false],
  [34, 'iptables-masquerade-bit', true],
  [33, 'keep-terminated-pod-volumes', false],
  [34, 'keep-terminated-pod-volumes', true],
  [34, 'cloud-config', true],
  [34, 'pod-infra-container-image', false],
  [35, 'pod-infra-container-image', true],
  [undefined, 'brand-new', false],
  [31, 'anonymous-auth', false],
  [31, 'config', false],
])('a kubelet 1.%s stops at --%s: %j', (minor, name, stops) => {
  expect(isUnknownTo(minor, name)).toBe(stops);
});

it.each([
  ['max-pods', '110', '11o', 'no whole number'],
  ['registry-qps', '-1', '', 'no whole number'],
  ['address', 'fe80::A:10.0.0.1', 'localhost', 'no IP address'],
  ['healthz-bind-address', '127.0.0.1', '127.0.0.1/8', 'no IP address'],
  ['eviction-hard', 'a<1,,b<2', 'a<1,b', 'no list of thresholds'],
  ['eviction-soft', '', 'a>1', 'no list of thresholds'],
])('--%s takes %j, and %j is %s', (name, sound, wrong, fault) => {
  expect([valueFault(name, sound), valueFault(name, wrong)]).toEqual([undefined, fault]);
  expect([`x-${name}`, `${name}-x`].map((other) => valueFault(other, wrong))).toEqual([undefined, undefined]);
});

it('only flags without a value of their own may take the next word, and bool flags never do', () => {
  const words = [
    '--config',
    '-v',
    '--brand-new',
    '--client_ca_file',
    '--config=',
    '-v=2',
    '--fail-swap-on',
    'config',
    '--',
    '',
  ];
  expect(words.filter(mayTakeNext)).toEqual(['--config', '-v', '--brand-new', '--client_ca_file']);
});
