import { expect, it } from 'vitest';
import { gateProblem } from '../../../../../lambda/core/read/kubelet/config/feature-gates.ts';

it.each<[minor: number, gates: string, problem: string | undefined]>([
  [35, '', undefined],
  [29, 'AppArmor=true MemoryManager=false AllBeta=false', undefined],
  [33, 'AppArmor=true', undefined],
  [34, 'AppArmor=true', 'the feature gate AppArmor is gone from a kubelet 1.34'],
  [36, 'AppArmor=true', 'the feature gate AppArmor is gone from a kubelet 1.36'],
  [30, 'ImageVolume=true', 'the feature gate ImageVolume is in no list of those of a kubelet 1.30'],
  [31, 'ImageVolume=true', undefined],
  [35, 'BrandNew=true', 'the feature gate BrandNew is in no list of those of a kubelet 1.35'],
  [36, 'BrandNew=true BrandNew2=false', undefined],
  [36, 'New=true', 'the feature gate New is in no list of those of a kubelet 1.36'],
  [36, 'brandNew=true', 'the feature gate brandNew is in no list of those of a kubelet 1.36'],
  [36, 'Brand-New=true', 'the feature gate Brand-New is in no list of those of a kubelet 1.36'],
  [36, '-BrandNew=true', 'the feature gate -BrandNew is in no list of those of a kubelet 1.36'],
  [36, 'ALLBETA=true', 'the feature gate ALLBETA is in no list of those of a kubelet 1.36'],
  [36, '=true', 'the feature gate "" is in no list of those of a kubelet 1.36'],
  [35, `${'x'.repeat(70)}=true`, `the feature gate ${'x'.repeat(59)}… is in no list of those of a kubelet 1.35`],
  [31, 'MemoryManager=false', undefined],
  [32, 'MemoryManager=true', undefined],
  [32, 'MemoryManager=false', "the feature gate MemoryManager can't be false in a kubelet 1.32: it is locked to true"],
  [33, 'WatchFromStorageWithoutResourceVersion=false', undefined],
  [
    33,
    'AllAlpha=true WatchFromStorageWithoutResourceVersion=true',
    "the feature gate WatchFromStorageWithoutResourceVersion can't be true in a kubelet 1.33: it is locked to false",
  ],
  [34, 'AllBeta=false', undefined],
  [35, 'AllBeta=false', "a kubelet 1.35 can't be without all of its beta features"],
  [35, 'AllBeta=true', undefined],
  [34, 'GracefulNodeShutdown=false', undefined],
  [
    35,
    'GracefulNodeShutdown=false',
    'the feature gate GracefulNodeShutdownBasedOnPodPriority needs GracefulNodeShutdown, which is off',
  ],
  [35, 'DRADeviceTaintRules=false', undefined],
  [35, 'DRADeviceTaintRules=true', 'the feature gate DRADeviceTaintRules needs DRADeviceTaints, which is off'],
  [35, 'DRADeviceTaintRules=true DRADeviceTaints=true', undefined],
  [35, 'StorageVersionAPI=true', undefined],
  [
    35,
    'StorageVersionAPI=true APIServerIdentity=false',
    'the feature gate StorageVersionAPI needs APIServerIdentity, which is off',
  ],
])('a kubelet 1.%i with the gates "%s": %j', (minor, gates, problem) => {
  const pairs = [...gates.matchAll(/(\S*)=(\w+)/g)].map(([, gate = '', on]) => [gate, on === 'true'] as const);
  expect(gateProblem(new Map(pairs), minor)).toBe(problem);
});
