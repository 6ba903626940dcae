import { expect, it } from 'vitest';
import { gateProblem } from '../../../../../lambda/core/read/kubelet/config/start-check.ts';

const problem = (gates: string, minor: number, accepted: readonly string[] = []) => {
  const pairs = [...gates.matchAll(/(\S*)=(\w+)/g)].map(([, gate = '', on]) => [gate, on === 'true'] as const);
  return gateProblem(new Map(pairs), { minor, accepted: new Set(accepted) })?.replace('the feature gate ', '');
};

/** A gate of each list with the minor version that stops at it. A later or an earlier one starts, or the same one with the other value. */
it.each<[because: string, starts: 'later' | 'earlier' | 'otherwise', gates: string]>([
  ['is in no list of those of', 'later', 'SELinuxMount 29 ImageVolume 30 SystemdWatchdog 31 KubeletPSI 32 EnvFiles 33'],
  ['is in no list of those of', 'later', 'GangSchedulingX 35 NodeDeclaredFeatures 34 AtomicFIFO 35'],
  ["can't be false in", 'otherwise', 'KMSv2 29 PodSchedulingReadiness 30 LogarithmicScaleDown 31 MemoryManager 32'],
  ["can't be false in", 'otherwise', 'SidecarContainers 33 NodeSwap 34 JobManagedBy 35 DRAAdminAccess 36'],
  [
    "can't be true in",
    'otherwise',
    'ExperimentalHostUserNamespaceDefaulting 29 WatchFromStorageWithoutResourceVersion 33',
  ],
  ["can't be true in", 'otherwise', 'AllowOverwriteTerminationGracePeriodSeconds 35'],
  [
    'is gone from',
    'earlier',
    'APISelfSubjectReview 30 KMSv2 32 AppArmor 33 ElasticIndexedJob 34 AggregatedDiscoveryEndpoint 33',
  ],
])('a gate %s a kubelet, which starts %s: %s', (because, starts, gates) => {
  const wrong = !because.includes('false');
  for (const [, gate, of] of gates.matchAll(/(\w+) (\d+)/g)) {
    const minor = Number(of);
    const end = starts === 'otherwise' ? `: it is locked to ${!wrong}` : '';
    expect(problem(`AllAlpha=true ${gate}=${wrong}`, minor)).toBe(`${gate} ${because} a kubelet 1.${minor}${end}`);
    const sound = starts === 'otherwise' ? !wrong : wrong;
    const other = starts === 'later' ? minor + 1 : starts === 'earlier' ? minor - 1 : minor;
    expect(problem(`${gate}=${sound}`, other), gate).toBeUndefined();
  }
});

it('no new gate is called like a known one, or with other signs than letters and digits', () => {
  for (const name of ['New', 'brandNew', 'Brand-New', '-BrandNew', 'BrandNew-', 'ALLBETA', ''])
    expect(problem(`${name}=true`, 36)).toBe(`${name || '""'} is in no list of those of a kubelet 1.36`);
});

it('from 1.35 on a kubelet is not without all of its beta features', () => {
  const found = [
    problem('AllBeta=false GracefulNodeShutdown=false', 34),
    problem('AllBeta=true', 35),
    problem('AllBeta=false', 35),
  ];
  expect(found).toEqual([undefined, undefined, "a kubelet 1.35 can't be without all of its beta features"]);
});

/** A gate, and the one that must be on with it; ! marks those that are on by default. */
const needs = `GracefulNodeShutdownBasedOnPodPriority! GracefulNodeShutdown!, WindowsGracefulNodeShutdown! GracefulNodeShutdown!,
  MatchLabelKeysInPodTopologySpreadSelectorMerge! MatchLabelKeysInPodTopologySpread!, ProcMountType! UserNamespacesSupport!,
  UserNamespacesHostNetworkSupport UserNamespacesSupport!, ClusterTrustBundleProjection ClusterTrustBundle,
  DRADeviceBindingConditions DRAResourceClaimDeviceStatus!, DRADeviceTaintRules DRADeviceTaints,
  DeclarativeValidationTakeover DeclarativeValidation!, GangScheduling GenericWorkload, ImageVolumeWithDigest ImageVolume!,
  InPlacePodLevelResourcesVerticalScaling NodeDeclaredFeatures, InPlacePodLevelResourcesVerticalScaling PodLevelResources!,
  RestartAllContainersOnContainerExits ContainerRestartRules!, RestartAllContainersOnContainerExits NodeDeclaredFeatures,
  StorageVersionAPI APIServerIdentity!, UnknownVersionInteroperabilityProxy APIServerIdentity!`;
const pairs = [...needs.matchAll(/(\w+)(!?) (\w+)(!?)/g)].map(([, gate, on, other, otherOn]) => ({
  gate,
  on,
  other,
  otherOn,
}));

it.each(pairs)('from 1.35 on $gate needs $other', ({ gate, on, other, otherOn }) => {
  const because = `${gate} needs ${other}, which is off`;
  // What else the gate needs is on, and what else needs the same is off.
  const others = pairs.map((each) => {
    if ((each.gate === gate) === (each.other === other)) return '';
    return each.gate === gate ? `${each.other}=true` : `${each.gate}=false`;
  });
  // One gate is newer.
  const minor = gate === 'ImageVolumeWithDigest' ? 36 : 35;
  const found = (gates: string) => problem(`${others.join(' ')} ${gates}`, minor);
  expect(found(`${gate}=true ${other}=false`)).toBe(because);
  expect([found(`${gate}=true`), found(`${other}=false`)]).toEqual([
    otherOn ? undefined : because,
    on ? because : undefined,
  ]);
});

it('a gate with which a kubelet has started is not unknown to it, but a gate that is gone or locked still is', () => {
  expect(problem('NoSuchGate=true', 34, ['NoSuchGate'])).toBeUndefined();
  expect(problem('KMSv2=true', 35, ['KMSv2'])).toContain('is gone from');
  expect(problem('NodeSwap=false', 34, ['NodeSwap'])).toContain("can't be false");
  expect(problem('GangScheduling=true', 34, ['GangScheduling'])).toContain('is in no list');
});

it('knows the gate that component-base registers in the kubelet itself: on until 1.31, locked from 1.32, gone in 1.35', () => {
  const of = (minor: number) => ['true', 'false'].map((on) => problem(`ComponentSLIs=${on}`, minor)?.split(' in ')[0]);
  expect([29, 31].map(of)).toEqual([
    [undefined, undefined],
    [undefined, undefined],
  ]);
  expect([32, 34].map(of)).toEqual([
    [undefined, "ComponentSLIs can't be false"],
    [undefined, "ComponentSLIs can't be false"],
  ]);
  expect(of(35)).toEqual(['ComponentSLIs is gone from a kubelet 1.35', 'ComponentSLIs is gone from a kubelet 1.35']);
});
