import type { ClusterNode, Drift, KubeletFacts, SettingFact } from '../model/model.ts';
import { type SettingPath, type SettingValue, settingPaths, settings } from '../model/settings.ts';
import { originText } from '../model/text/origin-text.ts';
import { absolutePath } from '../read/kubelet/absolute-path.ts';
import { parseGoDuration } from '../read/kubelet/documents/go-values.ts';
import { minorVersion } from '../read/kubelet/known-versions.ts';
import { rewriteOf } from '../read/kubelet/node/nodeadm-files.ts';
import { isReplacedByDefault } from '../read/kubelet/setting-facts.ts';
import { shown } from './controls/shared/evidence.ts';

type KnownFact = Extract<SettingFact, { readonly state: 'known' }>;
type DriftingNode = Pick<ClusterNode, 'kind' | 'kubeletVersion'>;

/**
 * Every setting whose running value is not the one that the node's files give after a restart. What either side does not know never drifts, nor do two
 * spellings of one value.
 * @param running what the kubelet runs with: configz, or the handshake
 * @param afterRestart what its command line and files say
 */
export function drift(running: KubeletFacts, afterRestart: KubeletFacts, node: DriftingNode): readonly Drift[] {
  return settingPaths.flatMap((setting) => {
    const now = running.settings[setting];
    const later = afterRestart.settings[setting];
    if (now.state === 'unknown' || later.state === 'unknown') return [];

    // A flag is read from the running process. If it differs, the kubelet was restarted between the two readings; that is no edit.
    if (later.origin.from === 'flag' || isSame(setting, now, later)) return [];
    if (isOldDefault(setting, { now, later, node })) return [];

    const rewrite = rewriteOf({ setting, origin: later.origin, config: afterRestart.files?.config, kind: node.kind });
    const proviso = running.via === 'tls' && running.notes.length > 0 ? ` (${running.notes.join('; ')})` : '';
    return [
      {
        setting,
        running: shown(now.value),
        afterRestart: shown(later.value),
        origin: later.origin,
        kind: rewrite?.atBoot ? 'lost-at-boot' : 'edited-not-restarted',
        because: `${setting} ${inWords(now)} in the running kubelet${proviso}; ${edit(later)}${rewrite ? `; ${rewrite.because}` : ''}`,
      },
    ];
  });
}

function edit(later: KnownFact): string {
  const then = `from the next restart on it ${inWords(later)}`;
  if (later.origin.from === 'default') return `no file sets it any more, and ${then} by default`;
  return `${originText(later.origin)} was edited since it started, and ${then}`;
}

const inWords = ({ value }: KnownFact): string =>
  value === undefined || value === '' ? 'is not set' : `is ${shown(value)}`;

function isSame(setting: SettingPath, now: KnownFact, later: KnownFact): boolean {
  const values = [now, later].map((fact) => comparable(setting, fact));

  // A handshake shows whether there is a client CA, but not its path.
  if (now.origin.from === 'handshake') return (values[0] === undefined) === (values[1] === undefined);
  return values[0] === values[1];
}

/** The value as it takes effect, in one spelling. */
function comparable(setting: SettingPath, { value: given, origin }: KnownFact): SettingValue | bigint | undefined {
  const written = origin.from === 'file' || origin.from === 'drop-in';
  const value =
    written && given !== undefined && isReplacedByDefault(setting, given) ? settings[setting].default : given;

  // On since 1.12 when it is not named.
  if (setting === 'featureGates.RotateKubeletServerCertificate') return value ?? true;
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') return value;
  if (settings[setting].type === 'duration') return parseGoDuration(value) ?? value;
  return setting === 'authentication.x509.clientCAFile' ? (absolutePath(value, undefined) ?? value) : value;
}

/** The default that kubelets before 1.27 had. Source: kubernetes `pkg/kubelet/apis/config/v1beta1/defaults.go`. */
function isOldDefault(
  setting: SettingPath,
  { now, later, node }: { readonly now: KnownFact; readonly later: KnownFact; readonly node: DriftingNode },
): boolean {
  const minor = minorVersion(node.kubeletVersion);
  const isOld = minor === undefined || minor < 27;
  return setting === 'eventRecordQPS' && now.value === 5 && later.origin.from === 'default' && isOld;
}
