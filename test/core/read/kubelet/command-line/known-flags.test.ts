import { describe, expect, it } from 'vitest';
import { kubeletReleases, typesOfFlags } from '../../../../../lambda/contract/kubelet-facts.ts';
import {
  isUnknownTo,
  mayTakeNext,
  typeOfFlag,
  valueFault,
} from '../../../../../lambda/core/read/kubelet/command-line/known-flags.ts';
import { knownVersions } from '../../../../../lambda/core/read/kubelet/known-versions.ts';

describe.each(kubeletReleases)('a kubelet 1.$minor', ({ minor, flags }) => {
  const names = [...typesOfFlags.keys()];

  it('stops at a flag that it has not: one of another version, or of none', () => {
    expect(names.filter((name) => isUnknownTo(minor, name, true))).toEqual(names.filter((name) => !flags.has(name)));
    expect(isUnknownTo(minor, 'brand-new')).toBe(true);
    const ofWindows = [...flags.keys()].filter((name) => isUnknownTo(minor, name));
    expect(ofWindows).toEqual(['windows-priorityclass', 'windows-service']);
  });

  it('takes the next word as the value of each flag but those that are true or false', () => {
    for (const [name, { type }] of flags)
      expect([name, typeOfFlag(name)]).toEqual([name, type === 'bool' ? type : 'value']);
  });
});

it('of a version that is not known no flag is a reason', () => {
  expect([28, knownVersions.newest + 1, undefined].map((minor) => isUnknownTo(minor, 'brand-new'))).toEqual([
    false,
    false,
    false,
  ]);
  expect(['brand-new', ''].map(typeOfFlag)).toEqual(['unknown', 'unknown']);
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
