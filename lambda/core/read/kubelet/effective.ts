import type { KubeletFacts, Origin, ReadFailure, SettingFact } from '../../model/model.ts';
import { err, ok, type Result } from '../../model/result.ts';
import { type FlagName, type SettingPath, settings } from '../../model/settings.ts';
import { printable } from '../../model/text/words.ts';
import { type KubeletFlags, type NamedFiles, namedBy, parseCommandLine } from './command-line/command-line.ts';
import { fileLayer, type Layer, notStartable } from './config/config-file.ts';
import { dropInLayers } from './config/drop-ins.ts';
import { settingOf } from './config/go-configuration.ts';
import { type StartCheckOptions, startProblem } from './config/start-check.ts';
import { minorVersion, newerThanKnown } from './known-versions.ts';
import { contradictedByLog, restartPending } from './node/file-facts.ts';
import type { NodeFiles } from './node-files.ts';
import { type SettingFacts, settingFacts, unknownFact } from './setting-facts.ts';

/** For files given by hand without a kubelet version; a note says so. Over SSM, what depends on the version is then unknown. */
const assumedMinorOfFiles = 34;

/**
 * What a kubelet with this command line and these files runs with: defaults < `--config` < `--config-dir` < flags, each setting with its origin.
 * Without `--config` the legacy defaults apply, with or without drop-ins.
 *
 * If a needed file is missing, or no kubelet would start with it, only what a flag decides is known. If the command line can't be read, nothing is
 * known. Source: kubernetes `cmd/kubelet/app/server.go`; measured on 1.29.14, 1.34.9, 1.35.6.
 * @param hasStarted a process runs with this command line
 */
export function effectiveConfiguration(
  files: NodeFiles,
  via: 'ssm' | 'files',
  { hasStarted = via === 'ssm' } = {},
): Result<KubeletFacts, ReadFailure> {
  const flags = parseCommandLine(files.commandLine, files.kubeletVersion);
  if (!flags.ok) return err({ via, kind: 'unreadable', because: flags.error });

  const newer = newerThanKnown(files.kubeletVersion);
  if (newer !== undefined && !hasStarted)
    return err({
      via,
      kind: 'unreadable',
      because: `whether a kubelet starts with these files is not known yet: ${newer}`,
    });
  const { mayGoOn } = files.commandLine;
  const named = namedBy(flags.value, files.workingDirectory);
  const layers = layersOf(files, named, via === 'files' ? assumedMinorOfFiles : undefined);
  const written = settingFacts((path) =>
    withoutDefault(flagged(path, { flags: flags.value, mayGoOn }, fileFact(path, layers)), newer),
  );
  const pending = pendingOf(files, named) ?? contradictedByLog(files, written);
  const facts = settingFacts((path) => ofNextStart(written[path], pending));
  const minor = minorVersion(files.kubeletVersion);
  // What a person pastes may leave the kubeconfig out.
  const standalone = via === 'ssm' && (flags.value.names.get('kubeconfig') ?? '') === '';
  const hasTaken = { flags: hasStarted, files: hasStarted && files.times !== undefined && pending === undefined };
  const start = { flags: flags.value, standalone, minor, hasTaken };
  const ofProcess = startProblem({ ...start, ...ofNoFile, facts: onlyFlags(facts, '') });
  if (ofProcess !== undefined)
    return err({ via, kind: 'unreadable', because: `a kubelet with this command line would not start: ${ofProcess}` });
  const layer = layers.ok ? layers.value[0] : undefined;
  const ofFiles = layer ? { fileGates: layer.configuration.gates, others: layer.configuration.others } : ofNoFile;
  const problem = startProblem({ ...start, ...ofFiles, facts });

  return ok({
    via,
    settings: problem === undefined ? facts : onlyFlags(facts, notStartable(problem)),
    ...dropInFolderOf(files, named, layers),
    flags: { 'hostname-override': flagOnly('hostname-override', { flags: flags.value, mayGoOn }) },
    notes: [
      ...(via === 'files' ? [bySavedFiles] : []),
      ...flags.value.notes,
      ...(newer === undefined ? [] : [newer]),
      ...(layer?.notes ?? []),
      ...(pending === undefined ? [] : [`restart pending: ${pending}`]),
    ],
  });
}

/** Nothing where the folder is a link or none, or was not seen: a file in it would not count. */
function dropInFolderOf(
  { directories }: NodeFiles,
  { config, configDir }: NamedFiles,
  layers: Result<readonly Layer[], string>,
): Pick<KubeletFacts, 'dropInFolder'> {
  const folder = configDir?.absolute;
  const isMerged = config !== undefined && folder !== undefined && directories.get(folder)?.status === 'read';
  return isMerged && layers.ok ? { dropInFolder: printable(folder) } : {};
}

const ofNoFile: Pick<StartCheckOptions, 'fileGates' | 'others'> = { fileGates: new Map(), others: new Map() };

const bySavedFiles = 'by the saved files: whether the kubelet was started with them is not known';

function pendingOf({ startedAt, times }: NodeFiles, { config, configDir }: NamedFiles): string | undefined {
  if (times === undefined) return undefined;
  const needed = [config, configDir].flatMap((each) => each?.absolute ?? []);
  return restartPending({ times, ...(startedAt !== undefined && { startedAt }) }, needed);
}

/** What flags decide runs; everything else is what the files, as they are now, give the next start. */
const ofNextStart = (fact: SettingFact, pendingRestart: string | undefined): SettingFact =>
  pendingRestart === undefined || fact.state === 'unknown' || fact.origin.from === 'flag'
    ? fact
    : { ...fact, pendingRestart };

/** A newer kubelet may have another default; a value that is written somewhere is what it is. */
const withoutDefault = (fact: SettingFact, newer: string | undefined): SettingFact =>
  newer === undefined || fact.state === 'unknown' || fact.origin.from !== 'default'
    ? fact
    : unknownFact(`nothing sets it, and its default is not known: ${newer}`);

function layersOf(
  files: NodeFiles,
  { config, configDir }: NamedFiles,
  assumedMinor: number | undefined,
): Result<readonly Layer[], string> {
  // Which files are read, and what the defaults are, depends on flags that may be missing.
  if (files.commandLine.mayGoOn !== undefined) return err(files.commandLine.mayGoOn);
  const base = fileLayer(files, config);
  return base.ok ? dropInLayers(files, { base: base.value, configDir, assumedMinor }) : base;
}

/** Several layers are the ways in which kubelets of different versions read the same files. */
function fileFact(path: SettingPath, layers: Result<readonly Layer[], string>): SettingFact {
  if (!layers.ok) return unknownFact(layers.error);

  const [first, ...others] = layers.value;
  const origin = first?.origins.get(path);
  if (first === undefined || origin === undefined) return unknownFact(`nothing is known of ${path}`);

  const value = settingOf(first.configuration, path);
  return others.every(({ configuration }) => settingOf(configuration, path) === value)
    ? { state: 'known', value, origin }
    : unknownFact(`the drop-ins make different values of ${path}, by the kubelet's version, which is not known`);
}

interface SeenFlags {
  readonly flags: KubeletFlags;
  readonly mayGoOn: string | undefined;
}

/** Flags are read again over everything else; of the feature gates only those that they name. */
function flagged(path: SettingPath, { flags, mayGoOn }: SeenFlags, below: SettingFact): SettingFact {
  const { flag } = settings[path];
  const value = path.startsWith('featureGates.')
    ? flags.featureGates.get(path.slice('featureGates.'.length))
    : flags.settings.get(path);
  return value === undefined
    ? below
    : { state: 'known', value, origin: { from: 'flag', flag }, ...(mayGoOn !== undefined && { mayGoOn }) };
}

/** What the process shows without its files, which may have changed: its flags, and the defaults of a kubelet without files. */
const onlyFlags = (facts: SettingFacts, because: string): SettingFacts =>
  settingFacts((path) => {
    const fact = facts[path];
    return fact.state === 'known' && isOfProcess(fact.origin) ? fact : unknownFact(because);
  });

const isOfProcess = (origin: Origin): boolean =>
  origin.from === 'flag' || (origin.from === 'default' && origin.of === 'no configuration file');

function flagOnly(flag: FlagName, { flags: { names }, mayGoOn }: SeenFlags): SettingFact {
  const value = names.get(flag);
  if (!value && mayGoOn !== undefined) return unknownFact(mayGoOn);
  return { state: 'known', value: value && printable(value, 300), origin: { from: 'flag', flag } };
}
