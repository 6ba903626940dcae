import type { KubeletFacts, ReadFailure, SettingFact } from '../model.ts';
import { err, ok, type Result } from '../result.ts';
import { printable } from '../text/printable.ts';
import { type KubeletFlags, parseCommandLine } from './command-line/command-line.ts';
import { type NamedPath, namedBy } from './command-line/named-files.ts';
import { baseLayer } from './config/base-layer.ts';
import { dropInLayer } from './config/drop-in-layer.ts';
import { restartPending } from './node/restart-pending.ts';
import type { NodeFiles } from './node-files.ts';
import { settingFacts, unknownFact } from './setting-facts.ts';
import { type FlagName, type SettingPath, settings } from './settings.ts';

/** For files given by hand, where nobody knows the kubelet's version; a note says so. Over SSM what depends on the version is then unknown. */
const assumedMinorOfFiles = 34;

/**
 * What a kubelet with this command line and these files runs with: defaults < `--config` < `--config-dir` < flags, each setting with its origin.
 * Without `--config` the legacy defaults apply, drop-ins or not. A file that is needed and cannot be had leaves known only what a flag decides; a
 * command line that cannot be read leaves nothing. Source: kubernetes `cmd/kubelet/app/server.go`; measured on 1.29.14, 1.34.9, 1.35.6.
 */
export function effectiveConfiguration(files: NodeFiles, via: 'ssm' | 'files'): Result<KubeletFacts, ReadFailure> {
  const flags = parseCommandLine(files.commandLine);
  if (!flags.ok) return err({ via, kind: 'unreadable', because: flags.error });

  const { config, configDir } = namedBy(flags.value, files.workingDirectory);
  const base = baseLayer(files, config);
  const assumedMinor = via === 'files' ? assumedMinorOfFiles : undefined;
  const merged = dropInLayer(files, { base, hasFile: config !== undefined, configDir, assumedMinor });

  const pending = pendingOf(files, { config, configDir });
  return ok({
    via,
    settings: settingFacts((path) => ofNextStart(flagged(path, flags.value, merged.settings[path]), pending)),
    flags: { 'hostname-override': flagOnly('hostname-override', flags.value) },
    notes: [
      ...(via === 'files' ? [bySavedFiles] : []),
      ...flags.value.notes,
      ...merged.notes,
      ...(pending === undefined ? [] : [`restart pending: ${pending}`]),
    ],
  });
}

const bySavedFiles = 'by the saved files: whether the kubelet was started with them is not known';

function pendingOf(
  { startedAt, times }: NodeFiles,
  { config, configDir }: { readonly config: NamedPath | undefined; readonly configDir: NamedPath | undefined },
): string | undefined {
  if (times === undefined) return undefined;
  const needed = [config, configDir].flatMap((each) => each?.absolute ?? []);
  return restartPending({ times, ...(startedAt !== undefined && { startedAt }) }, needed);
}

/** What flags decide runs; everything else is what the files, as they are now, give the next start. */
const ofNextStart = (fact: SettingFact, pendingRestart: string | undefined): SettingFact =>
  pendingRestart === undefined || fact.state === 'unknown' || fact.origin.from === 'flag'
    ? fact
    : { ...fact, pendingRestart };

/** Flags are read again over everything else; of the feature gates only those that they name. */
function flagged(path: SettingPath, flags: KubeletFlags, below: SettingFact): SettingFact {
  const { flag } = settings[path];
  const value = path.startsWith('featureGates.')
    ? flags.featureGates.get(path.slice('featureGates.'.length))
    : flags.settings.get(path);

  if (value !== undefined) return { state: 'known', value, origin: { from: 'flag', flag } };
  if (path.startsWith('featureGates.') && flags.featureGates.has('AllBeta')) {
    return unknownFact('the gate AllBeta is set by a flag, which this program does not follow');
  }
  return below;
}

function flagOnly(flag: FlagName, { names }: KubeletFlags): SettingFact {
  const value = names.get(flag);
  return { state: 'known', value: value && printable(value, 300), origin: { from: 'flag', flag } };
}
