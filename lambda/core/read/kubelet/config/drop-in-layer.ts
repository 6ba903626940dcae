import { err, ok, type Result } from '../../../model/result.ts';
import { printable } from '../../../model/text/printable.ts';
import { isWindowsPath } from '../absolute-path.ts';
import type { NamedPath } from '../command-line/named-files.ts';
import { minorVersion } from '../minor-version.ts';
import type { NodeFiles } from '../node-files.ts';
import { type DropIn, type MergeKind, mergeDropIns } from './drop-ins.ts';
import { type Layer, missing } from './layer.ts';

/** A drop-in directory holds a handful of files. */
const mostDropIns = 1000;

interface Above {
  readonly base: Layer;
  readonly configDir: NamedPath | undefined;
  /** Taken for the kubelet's version where nobody knows it. */
  readonly assumedMinor: number | undefined;
}

/**
 * The drop-ins over what the main file said. Where the directory cannot be looked at, it might say anything: nothing below it is known. Two layers where
 * nobody knows the version, one for each way in which kubelets merge: what they disagree about is not known.
 */
export function dropInLayers(
  files: NodeFiles,
  { base, configDir, assumedMinor }: Above,
): Result<readonly Layer[], string> {
  if (configDir === undefined) return ok([base]);

  const known = minorVersion(files.kubeletVersion);
  const minor = known ?? assumedMinor;
  const mergings = mergingsOf(minor, files.dropInDirectoryAlpha);
  if (!mergings.ok) return mergings;

  const dropIns = dropInsOf(files, configDir);
  if (!dropIns.ok) return dropIns;
  if (dropIns.value === 'not-walked') {
    const note = `${printable(configDir.written)} is a link or no directory: the kubelet does not look into it, so no drop-in counts`;
    return mergeAll({ ...base, notes: [...base.notes, note] }, [], mergings.value);
  }

  const assumed = known === undefined && minor !== undefined && dropIns.value.length > 0;
  const notes = assumed
    ? [`the kubelet's version is not known; its drop-ins were read as 1.${minor} or newer reads them`]
    : [];
  return mergeAll({ ...base, notes: [...base.notes, ...notes] }, dropIns.value, mergings.value);
}

function mergeAll(
  base: Layer,
  dropIns: readonly DropIn[],
  mergings: readonly MergeKind[],
): Result<readonly Layer[], string> {
  const layers: Layer[] = [];
  for (const merging of mergings) {
    const layer = mergeDropIns(base, dropIns, merging);
    if (!layer.ok) return layer;
    layers.push(layer.value);
  }
  return ok(layers);
}

function mergingsOf(minor: number | undefined, alpha: boolean | undefined): Result<readonly MergeKind[], string> {
  if (minor === undefined) return ok(['v1beta1', 'internal']);
  if (minor < 28) return err('--config-dir is given, which a kubelet before 1.28 does not know');
  if (minor < 30 && alpha === false)
    return err(
      '--config-dir is given without KUBELET_CONFIG_DROPIN_DIR_ALPHA, and a kubelet before 1.30 would not start',
    );
  if (minor === 28) return err('a kubelet 1.28 merges drop-ins unlike all others, which this program does not follow');
  return ok([minor < 32 ? 'internal' : 'v1beta1']);
}

function dropInsOf(
  { files, directories }: NodeFiles,
  { written, absolute }: NamedPath,
): Result<readonly DropIn[] | 'not-walked', string> {
  if (absolute === undefined)
    return err(`--config-dir ${printable(written)} is relative, and the working directory is not known`);

  const directory = directories.get(absolute) ?? { status: 'not-saved' };
  if (directory.status === 'not-walked') return ok('not-walked');
  if (directory.status !== 'read') return err(missing(`the drop-in directory ${printable(absolute)}`, directory));
  if (directory.files.length > mostDropIns)
    return err(`the drop-in directory ${printable(absolute)} holds more than ${mostDropIns} files`);

  const dropIns: DropIn[] = [];
  for (const path of directory.files.filter((each) => each.endsWith('.conf'))) {
    // A file with the name of a drop-in may be named in place of a folder.
    if (path !== absolute && !isBelow(path, absolute))
      return err(`the drop-in ${printable(path)} is outside of ${printable(absolute)}`);
    const snapshot = files.get(path) ?? { status: 'not-saved' };
    if (snapshot.status !== 'read') return err(missing(`the drop-in ${printable(path)}`, snapshot));
    dropIns.push({ path, text: snapshot.text });
  }
  return ok(dropIns);
}

const isBelow = (path: string, directory: string): boolean =>
  path.startsWith(directory) && (isWindowsPath(directory) ? /^[\\/]/ : /^\//).test(path.slice(directory.length));
