import { printable } from '../../../model/text/printable.ts';
import listed from './feature-gates.json' with { type: 'json' };

/** Minor versions of the kubelet. `lockedOn` and `lockedOff`: from then on no other value is taken, and none once the gate is gone. */
interface Gate {
  /** 29 also for older ones. */
  readonly since: number;
  /** Where the last version that has it is not known exactly, a later one. */
  readonly goneFrom?: number;
  readonly lockedOn?: number;
  readonly lockedOff?: number;
}

const known: ReadonlyMap<string, Gate> = new Map(Object.entries(listed));
const never = Number.POSITIVE_INFINITY;
const spellings = new Set([...known.keys()].map((gate) => gate.toLowerCase()));

/** From 1.35 on: a gate, what it is by default, and the gates that must be on where it is on, with what those are by default. */
const dependencies: readonly (readonly [
  gate: string,
  onByDefault: boolean,
  needs: string,
  needsOnByDefault: boolean,
])[] = [
  ['GracefulNodeShutdownBasedOnPodPriority', true, 'GracefulNodeShutdown', true],
  ['WindowsGracefulNodeShutdown', true, 'GracefulNodeShutdown', true],
  ['MatchLabelKeysInPodTopologySpreadSelectorMerge', true, 'MatchLabelKeysInPodTopologySpread', true],
  ['ProcMountType', true, 'UserNamespacesSupport', true],
  ['UserNamespacesHostNetworkSupport', false, 'UserNamespacesSupport', true],
  ['ClusterTrustBundleProjection', false, 'ClusterTrustBundle', false],
  ['DRADeviceBindingConditions', false, 'DRAResourceClaimDeviceStatus', true],
  ['DRADeviceTaintRules', false, 'DRADeviceTaints', false],
  ['DeclarativeValidationTakeover', false, 'DeclarativeValidation', true],
  ['GangScheduling', false, 'GenericWorkload', false],
  ['ImageVolumeWithDigest', false, 'ImageVolume', true],
  ['InPlacePodLevelResourcesVerticalScaling', false, 'NodeDeclaredFeatures', false],
  ['InPlacePodLevelResourcesVerticalScaling', false, 'PodLevelResources', true],
  ['RestartAllContainersOnContainerExits', false, 'ContainerRestartRules', true],
  ['RestartAllContainersOnContainerExits', false, 'NodeDeclaredFeatures', false],
  ['StorageVersionAPI', false, 'APIServerIdentity', true],
  ['UnknownVersionInteroperabilityProxy', false, 'APIServerIdentity', true],
];

/** The newest version with gates of its own in the list. */
export const gatesKnownUpTo = Math.max(...[...known.values()].map(({ since }) => since));

/** The newest version of which all gates are listed; a newer one may know more. */
const newestWholeList = 35;

/** A name that could be that of a new gate: one that no list has, however its letters are written. */
const mayBeNew = (gate: string): boolean => /^[A-Z][A-Za-z\d]{3,}$/.test(gate) && !spellings.has(gate.toLowerCase());

/**
 * Why a kubelet of this minor version does not start with such feature gates: one sentence, or `undefined`. A gate that it does not know is one reason.
 * Source: kubernetes `pkg/features/kube_features.go` of 1.28, 1.30, 1.35 and 1.36, `component-base/{featuregate,metrics/features}`; measured on 1.29.14, 1.34.9, 1.36.3.
 * 1.37 by `CHANGELOG-1.37.md` at df0a31e0 and kubernetes#135336 only.
 * @param accepted gates with which a kubelet has started: then the lists lack them
 */
export function gateProblem(
  gates: ReadonlyMap<string, boolean>,
  { minor, accepted }: { readonly minor: number; readonly accepted: ReadonlySet<string> },
): string | undefined {
  for (const [gate, on] of gates) {
    const named = `the feature gate ${printable(gate, 60) || '""'}`;
    const { since, goneFrom = never, lockedOn = never, lockedOff = never } = known.get(gate) ?? {};
    if (minor >= goneFrom) return `${named} is gone from a kubelet 1.${minor}`;
    const isAccepted = (minor > newestWholeList && mayBeNew(gate)) || (accepted.has(gate) && since === undefined);
    if (!isAccepted && minor < (since ?? never)) return `${named} is in no list of those of a kubelet 1.${minor}`;
    if (minor >= (on ? lockedOff : lockedOn))
      return `${named} can't be ${on} in a kubelet 1.${minor}: it is locked to ${!on}`;
  }
  if (minor < 35) return undefined;

  // Measured on 1.35.6.
  if (gates.get('AllBeta') === false) return `a kubelet 1.${minor} can't be without all of its beta features`;
  const broken = dependencies.find(
    ([gate, on, needs, needsOn]) => (gates.get(gate) ?? on) && !(gates.get(needs) ?? needsOn),
  );
  return broken && `the feature gate ${broken[0]} needs ${broken[2]}, which is off`;
}
