import { expect, it } from 'vitest';
import { gateProblem } from '../../../../../lambda/core/read/kubelet/config/feature-gates.ts';

const problem = (gates: string, minor: number) => {
  const pairs = [...gates.matchAll(/(\S*)=(\w+)/g)].map(([, gate = '', on]) => [gate, on === 'true'] as const);
  return gateProblem(new Map(pairs), minor)?.replace('the feature gate ', '');
};

it.each<[gates: string, starts: number, stops: number, because: string]>([
  ['AppArmor=true', 33, 34, 'AppArmor is gone from a kubelet 1.34'],
  ['AllAlpha=true ImageVolume=true', 31, 30, 'ImageVolume is in no list of those of a kubelet 1.30'],
  ['BrandNew2=true', 36, 35, 'BrandNew2 is in no list of those of a kubelet 1.35'],
  ['MemoryManager=false', 31, 32, "MemoryManager can't be false in a kubelet 1.32: it is locked to true"],
  ['AllBeta=false', 34, 35, "a kubelet 1.35 can't be without all of its beta features"],
  ['ProcMountType=true UserNamespacesSupport=false', 34, 35, 'ProcMountType needs UserNamespacesSupport, which is off'],
])('with the gates "%s" a kubelet 1.%i starts, and 1.%i does not', (gates, starts, stops, because) => {
  expect([problem(gates, starts), problem(gates, stops)]).toEqual([undefined, because]);
});

const cache = 'WatchFromStorageWithoutResourceVersion';
it.each([
  ['MemoryManager=true', 'MemoryManager=false', 'to true'],
  [`${cache}=false`, `${cache}=true`, `${cache} can't be true in a kubelet 1.35: it is locked to false`],
  ['AllBeta=true', 'AllBeta=false', 'beta features'],
  ['DRADeviceTaintRules=false', 'DRADeviceTaintRules=true', 'needs DRADeviceTaints, which is off'],
  ['DRADeviceTaintRules=true DRADeviceTaints=true', 'DRADeviceTaintRules=true', 'which is off'],
  ['StorageVersionAPI=true', 'StorageVersionAPI=true APIServerIdentity=false', 'needs APIServerIdentity, which is off'],
])('a kubelet 1.35 starts with "%s", and not with "%s": %s', (sound, wrong, end) => {
  expect([problem(sound, 35), problem(wrong, 35)?.endsWith(end)]).toEqual([undefined, true]);
});

it('no new gate is called like a known one, or with other signs than letters and digits', () => {
  for (const name of ['New', 'brandNew', 'Brand-New', '-BrandNew', 'BrandNew-', 'ALLBETA', ''])
    expect(problem(`${name}=true`, 36)).toBe(`${name || '""'} is in no list of those of a kubelet 1.36`);
});
