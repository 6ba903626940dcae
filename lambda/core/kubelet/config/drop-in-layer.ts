import type { SettingFact } from '../../model.ts';
import { err, ok, type Result } from '../../result.ts';
import { printable } from '../../text/printable.ts';
import type { NamedPath } from '../command-line/named-files.ts';
import { minorVersion } from '../minor-version.ts';
import type { NodeFiles } from '../node-files.ts';
import { settingFacts, unknownFact } from '../setting-facts.ts';
import { type SettingPath, type SettingValue, settingPaths, settings } from '../settings.ts';
import { allUnknown, type Layer, missing, notStartable } from './base-layer.ts';
import { type DropIn, mergeDropIns, type NullMeaning } from './drop-ins.ts';

/** A drop-in directory holds a handful of files. */
const mostDropIns = 1000;

interface Above {
  readonly base: Layer;
  /** Whether a main file is named. */
  readonly hasFile: boolean;
  readonly configDir: NamedPath | undefined;
  /** Taken for the kubelet's version where nobody knows it. */
  readonly assumedMinor: number | undefined;
}

/** The drop-ins over what the main file said. Where the directory cannot be looked at, it might say anything: nothing below it is known. */
export function dropInLayer(files: NodeFiles, { base, hasFile, configDir, assumedMinor }: Above): Layer {
  if (configDir === undefined) return base;

  const known = minorVersion(files.kubeletVersion);
  const minor = known ?? assumedMinor;
  if (minor !== undefined && minor < 28)
    return allUnknown('--config-dir is given, which a kubelet before 1.28 does not know');
  if (minor !== undefined && minor < 30 && files.dropInDirectoryAlpha === false) {
    return allUnknown(
      '--config-dir is given without KUBELET_CONFIG_DROPIN_DIR_ALPHA, and a kubelet before 1.30 would not start',
    );
  }

  const dropIns = dropInsOf(files, configDir);
  if (!dropIns.ok) return allUnknown(dropIns.error);
  if (configDir.absolute !== undefined && files.directories.get(configDir.absolute)?.status === 'not-walked') {
    const note = `${printable(configDir.absolute)} is a link or no directory: the kubelet does not look into it, so no drop-in counts`;
    return { ...base, notes: [...base.notes, note] };
  }

  const values = new Map<SettingPath, SettingValue>();
  for (const path of settingPaths) {
    const fact = base.settings[path];
    if (fact.state === 'known' && fact.value !== undefined) values.set(path, fact.value);
  }
  const merged = mergeDropIns({ values, hasFile }, dropIns.value, nullMeaning(minor));
  if (!merged.ok) return allUnknown(notStartable(merged.error));

  const factOf = (path: SettingPath): SettingFact => {
    const below = base.settings[path];
    const outcome = merged.value.get(path) ?? { state: 'untouched' };
    if (below.state === 'unknown') return below;

    switch (outcome.state) {
      case 'untouched':
        return below;
      case 'unclear':
        return unknownFact(outcome.because);
      case 'default':
        return {
          state: 'known',
          value: settings[path].default,
          origin: { from: 'default', of: 'configuration file', deletedBy: printable(outcome.file) },
        };
      case 'set':
        return { state: 'known', value: outcome.value, origin: { from: 'drop-in', file: printable(outcome.file) } };
    }
  };
  const assumed = known === undefined && minor !== undefined && dropIns.value.length > 0;
  const notes = assumed
    ? [`the kubelet's version is not known; its drop-ins were read as 1.${minor} or newer reads them`]
    : [];
  return { settings: settingFacts(factOf), notes: [...base.notes, ...notes] };
}

function dropInsOf(
  { files, directories }: NodeFiles,
  { written, absolute }: NamedPath,
): Result<readonly DropIn[], string> {
  if (absolute === undefined)
    return err(`--config-dir ${printable(written)} is relative, and the working directory is not known`);

  const directory = directories.get(absolute) ?? { status: 'not-saved' };
  if (directory.status === 'not-walked') return ok([]);
  if (directory.status !== 'read') return err(missing(`the drop-in directory ${printable(absolute)}`, directory));
  if (directory.files.length > mostDropIns)
    return err(`the drop-in directory ${printable(absolute)} holds more than ${mostDropIns} files`);

  const dropIns: DropIn[] = [];
  for (const path of directory.files.filter((each) => each.endsWith('.conf'))) {
    if (!/^[\\/]/.test(path.slice(absolute.length)) || !path.startsWith(absolute)) {
      return err(`the drop-in ${printable(path)} lies outside of ${printable(absolute)}`);
    }
    const snapshot = files.get(path) ?? { status: 'not-saved' };
    if (snapshot.status !== 'read') return err(missing(`the drop-in ${printable(path)}`, snapshot));
    dropIns.push({ path, text: snapshot.text });
  }
  return ok(dropIns);
}

/** Measured: 1.29.14 keeps, 1.34.9 and 1.35.6 delete; nobody has run the versions between. */
function nullMeaning(minor: number | undefined): NullMeaning {
  if (minor === undefined) return 'unmeasured';
  if (minor <= 29) return 'keeps';
  return minor >= 34 ? 'deletes' : 'unmeasured';
}
