import { type KubeletRelease, kubeletReleases, releaseOf } from '../../../../contract/kubelet-facts.ts';
import type { SettingPath, SettingValue } from '../../../model/settings.ts';
import { printable } from '../../../model/text/words.ts';
import type { KubeletFlags } from '../command-line/command-line.ts';
import type { Tree } from '../documents/tree.ts';
import type { SettingFacts } from '../setting-facts.ts';
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

  const release = releaseOf(minor);
  const accepted = new Set([
    ...(hasTaken.flags ? flags.featureGates.keys() : []),
    ...(hasTaken.files ? fileGates.keys() : []),
  ]);
  const problemOfGates = (all: ReadonlyMap<string, boolean>) => release && gateProblem(all, { release, accepted });
  const ofGates =
    (minor !== undefined && minor >= gatesOfFilesChecked && problemOfGates(fileGates)) || problemOfGates(gates);
  return ofGates || otherProblem({ others, flags: flags.given, minor });
}

type Gates = ReadonlyMap<string, boolean>;

/**
 * Why a kubelet of this version does not start with such feature gates: one sentence, or `undefined`. A gate that it does not know is one reason.
 * Source: kubernetes `component-base/featuregate`; measured on 1.29.14, 1.34.9, 1.35.6, 1.36.3.
 * @param accepted gates with which a kubelet has started: then a later patch than the one that was read has them
 */
export function gateProblem(
  gates: Gates,
  { release, accepted }: { readonly release: KubeletRelease; readonly accepted: ReadonlySet<string> },
): string | undefined {
  const kubelet = `a kubelet 1.${release.minor}`;
  for (const [name, on] of gates) {
    const named = `the feature gate ${printable(name, 60) || '""'}`;
    const gate = release.gates.get(name);
    if (gate === undefined) {
      const others = kubeletReleases.filter((each) => each.gates.has(name));
      if (others.length === 0 && accepted.has(name)) continue;
      return others.some(({ minor }) => minor < release.minor)
        ? `${named} is gone from ${kubelet}`
        : `${named} is in no list of those of ${kubelet}`;
    }
    if (gate.locked && on !== gate.default) return `${named} can't be ${on} in ${kubelet}: it is locked to ${!on}`;
  }

  for (const [name, { needs }] of release.gates) {
    const missing = needs.find((needed) => !isOn(needed, { release, gates }));
    if (missing !== undefined && isOn(name, { release, gates }))
      return `the feature gate ${name} needs ${missing}, which is off`;
  }
  return undefined;
}

/** A gate that is not named follows `AllAlpha` or `AllBeta` where its stage is theirs. */
function isOn(name: string, { release, gates }: { readonly release: KubeletRelease; readonly gates: Gates }): boolean {
  const gate = release.gates.get(name);
  const ofStage = gate?.stage === 'Alpha' || gate?.stage === 'Beta' ? gates.get(`All${gate.stage}`) : undefined;
  return gates.get(name) ?? ofStage ?? gate?.default ?? false;
}
