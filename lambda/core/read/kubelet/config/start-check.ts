import type { SettingPath, SettingValue } from '../../../model/settings.ts';
import { printable } from '../../../model/text/words.ts';
import type { KubeletFlags } from '../command-line/command-line.ts';
import type { Tree } from '../documents/tree.ts';
import { knownVersions } from '../known-versions.ts';
import type { SettingFacts } from '../setting-facts.ts';
import listed from './feature-gates.json' with { type: 'json' };
import { otherProblem } from './other-fields.ts';

export interface StartCheckOptions {
  readonly facts: SettingFacts;
  readonly flags: Pick<KubeletFlags, 'featureGates' | 'given'>;
  /** Whether the command line is whole and names no kubeconfig, so that there is no API server to ask. */
  readonly standalone: boolean;
  /** The kubelet runs: it has taken its flags, and its files unless they have changed since. Such gates are not unknown to it. */
  readonly hasTaken: { readonly flags: boolean; readonly files: boolean };
  /** Gates of the files; a flag wins over them. */
  readonly fileGates: ReadonlyMap<string, boolean>;
  readonly others: ReadonlyMap<string, Tree>;
  /** Of the kubelet's version; what depends on it is no reason where it is not known. */
  readonly minor: number | undefined;
}

/** From this version on the gates of the files must be sound before a flag wins over them. */
const gatesOfFilesChecked = 32;

/**
 * Why a kubelet would not start with such a configuration, as far as this program follows its validation: one sentence, or `undefined`. What is not known
 * is no reason. Source: kubernetes `pkg/kubelet/apis/config/validation`, `cmd/kubelet/app/{server,auth}.go`; measured on 1.29.14, 1.34.9, 1.36.3.
 */
export function startProblem({
  facts,
  flags,
  standalone,
  hasTaken,
  fileGates,
  others,
  minor,
}: StartCheckOptions): string | undefined {
  const settingOf = (path: SettingPath): SettingValue | undefined => {
    const fact = facts[path];
    return fact.state === 'known' ? fact.value : undefined;
  };
  const isNumber = (value: SettingValue | undefined): value is number => typeof value === 'number';

  const gates = new Map([...fileGates, ...flags.featureGates]);
  const gate = gates.get('RotateKubeletServerCertificate') ?? gates.get('AllBeta') ?? true;
  if (settingOf('serverTLSBootstrap') === true && !gate)
    return 'serverTLSBootstrap is true, and the feature gate that it needs, RotateKubeletServerCertificate, is off';

  const port = settingOf('readOnlyPort');
  if (isNumber(port) && (port < 0 || port > 65_535)) return `readOnlyPort is ${port}, which is no port`;
  const rate = settingOf('eventRecordQPS');
  if (isNumber(rate) && rate < 0) return `eventRecordQPS is ${rate}, and may not be below 0`;

  const mode = settingOf('authorization.mode');
  if (mode !== undefined && mode !== 'Webhook' && mode !== 'AlwaysAllow')
    return 'authorization.mode is neither Webhook nor AlwaysAllow';

  if (standalone && settingOf('authentication.webhook.enabled') === true)
    return 'authentication.webhook.enabled is true, which needs --kubeconfig';
  if (standalone && mode === 'Webhook') return 'authorization.mode is Webhook, which needs --kubeconfig';

  const isKnown = minor !== undefined && minor >= knownVersions.oldest && minor <= knownVersions.newest;
  const accepted = new Set([
    ...(hasTaken.flags ? flags.featureGates.keys() : []),
    ...(hasTaken.files ? fileGates.keys() : []),
  ]);
  const problemOfGates = (all: ReadonlyMap<string, boolean>) => isKnown && gateProblem(all, { minor, accepted });
  const ofGates =
    (minor !== undefined && minor >= gatesOfFilesChecked && problemOfGates(fileGates)) || problemOfGates(gates);
  return ofGates || otherProblem({ others, flags: flags.given, minor });
}

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

/** From 1.35 on: a gate, and one that must be on where it is on. Those with a `!` are on by default. */
const needs = `GracefulNodeShutdownBasedOnPodPriority! GracefulNodeShutdown!, WindowsGracefulNodeShutdown! GracefulNodeShutdown!,
  MatchLabelKeysInPodTopologySpreadSelectorMerge! MatchLabelKeysInPodTopologySpread!, ProcMountType! UserNamespacesSupport!,
  UserNamespacesHostNetworkSupport UserNamespacesSupport!, ClusterTrustBundleProjection ClusterTrustBundle,
  DRADeviceBindingConditions DRAResourceClaimDeviceStatus!, DRADeviceTaintRules DRADeviceTaints, GangScheduling GenericWorkload,
  DeclarativeValidationTakeover DeclarativeValidation!, ImageVolumeWithDigest ImageVolume!,
  InPlacePodLevelResourcesVerticalScaling NodeDeclaredFeatures, InPlacePodLevelResourcesVerticalScaling PodLevelResources!,
  RestartAllContainersOnContainerExits ContainerRestartRules!, RestartAllContainersOnContainerExits NodeDeclaredFeatures,
  StorageVersionAPI APIServerIdentity!, UnknownVersionInteroperabilityProxy APIServerIdentity!`;
const dependencies = needs.split(/,\s+/).map((pair) => pair.split(' '));

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
  const named = (word = '') => word.replace('!', '');
  const isOn = (word = '') => gates.get(named(word)) ?? word.endsWith('!');
  const broken = dependencies.find(([gate, needed]) => isOn(gate) && !isOn(needed));
  return broken && `the feature gate ${named(broken[0])} needs ${named(broken[1])}, which is off`;
}
