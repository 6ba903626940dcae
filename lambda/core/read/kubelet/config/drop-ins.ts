import type { Origin } from '../../../model/model.ts';
import { err, ok, type Result } from '../../../model/result.ts';
import { type SettingPath, settingPaths } from '../../../model/settings.ts';
import { printable } from '../../../model/text/words.ts';
import { isWindowsPath } from '../absolute-path.ts';
import type { NamedPath } from '../command-line/command-line.ts';
import { isTreeMap, type Tree, type TreeMap } from '../documents/tree.ts';
import { minorVersion } from '../known-versions.ts';
import type { NodeFiles } from '../node-files.ts';
import { faultOf, type Layer, missing, notStartable } from './config-file.ts';
import { decoded, type GoConfiguration, marshalled, settingOf, withDefaults } from './go-configuration.ts';
import { compareBytes, readKubeletDocument, sameKey, sorted } from './kubelet-document.ts';

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

  const mergeAll = (those: readonly DropIn[], ...notes: readonly string[]): Result<readonly Layer[], string> => {
    const noted = { ...base, notes: [...base.notes, ...notes] };
    const layers = mergings.value.map((merging) => mergeDropIns(noted, those, merging));
    return layers.find((each) => !each.ok) ?? ok(layers.flatMap((each) => (each.ok ? [each.value] : [])));
  };
  if (dropIns.value === 'not-walked') {
    const note = `${printable(configDir.written)} is a link or no directory: the kubelet does not look into it, so no drop-in counts`;
    return mergeAll([], note);
  }

  const assumed = known === undefined && minor !== undefined && dropIns.value.length > 0;
  return mergeAll(
    dropIns.value,
    ...(assumed
      ? [`the kubelet's version is not known; its drop-ins were read as 1.${minor} or newer reads them`]
      : []),
  );
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

interface DropIn {
  readonly path: string;
  readonly text: string;
}

/**
 * How a kubelet merges drop-ins. `v1beta1` (from 1.32 on): over the JSON of v1beta1, then defaults; null deletes, and every spelling of a key counts.
 * `internal` (1.29 to 1.31): over the JSON of the internal struct, whose keys are spelled otherwise, decoded over what was there; null keeps, zeros stay.
 */
type MergeKind = 'v1beta1' | 'internal';

/**
 * All drop-ins together, and what each of them is merged into, have a few thousand values where people write them. What has more was made to keep this
 * program from other nodes.
 */
const mostValues = 10_000;

/**
 * `--config-dir`: every `*.conf` in the order of Go's `filepath.WalkDir`, each merged over what is there (RFC 7386), the result decoded without regard to
 * case. A file that would keep the kubelet from starting is an error with its name. Relative paths stay as they are: they count from the working directory.
 * Source: kubernetes `cmd/kubelet/app/server.go` `mergeKubeletConfigurations` of 1.29 to 1.35, json-patch v4; measured on 1.29.14 and 1.34.9.
 */
function mergeDropIns(base: Layer, dropIns: readonly DropIn[], merging: MergeKind): Result<Layer, string> {
  const inOrder = dropIns.toSorted((left, right) => compareWalkOrder(left.path, right.path));
  const read = (tree: TreeMap): Result<GoConfiguration, string> => {
    const over = merging === 'internal' ? { over: base.configuration } : {};
    const merged = decoded(sorted(tree), { foldsCase: true, ...over });
    return merged.ok && merging === 'v1beta1' ? ok(withDefaults(merged.value)) : merged;
  };

  let tree = marshalled(base.configuration, merging);
  let outcome = read(tree);
  let sound = outcome;
  let steps: { readonly path: string; readonly patch: TreeMap }[] = [];
  let origins = base.origins;
  let left = mostValues;
  for (const { path, text } of inOrder) {
    const document = readKubeletDocument(text, merging === 'v1beta1' ? 'drop-in' : 'drop-in of any kind');
    if (!document.ok) return err(faultOf(path, document.error));

    tree = mergePatch(tree, document.value);
    left -= valuesIn(document.value) + valuesIn(tree);
    if (left < 0) return err(faultOf(path, { kind: 'not-read', because: `more than ${mostValues} values to merge` }));

    const next = read(tree);
    steps.push({ path, patch: document.value });
    if (next.ok) {
      origins = originsAfter(origins, { steps, before: sound, after: next.value });
      sound = next;
      steps = [];
    }
    // A later drop-in may repair what this one spoils: only what all of them make together has to be sound.
    outcome = next.ok ? next : err(`${printable(path)}: ${next.error}`);
  }
  return outcome.ok
    ? ok({ configuration: outcome.value, origins, notes: base.notes })
    : err(notStartable(outcome.error));
}

function valuesIn(tree: Tree): number {
  // A list replaces a list as a whole: only what maps hold is merged.
  const below = isTreeMap(tree) ? [...tree.values()] : [];
  return below.reduce<number>((sum, each) => sum + valuesIn(each), 1);
}

interface Change {
  /** The drop-ins since `before`: the last one made sound what those before it had spoiled. */
  readonly steps: readonly { readonly path: string; readonly patch: TreeMap }[];
  readonly before: Result<GoConfiguration, string>;
  readonly after: GoConfiguration;
}

/** A drop-in is where a value comes from when it changed it, or says the same in the very key; `default` when it took the value away. */
function originsAfter(
  origins: ReadonlyMap<SettingPath, Origin>,
  { steps, before, after }: Change,
): ReadonlyMap<SettingPath, Origin> {
  const next = new Map(origins);
  for (const setting of settingPaths) {
    const said = steps.map(({ path, patch }) => ({ path, mentioned: mention(patch, setting.split('.')) }));
    const last = said.findLast(({ mentioned }) => mentioned !== undefined);
    const changed = !before.ok || settingOf(before.value, setting) !== settingOf(after, setting);
    if (last === undefined || (!changed && last.mentioned !== 'set')) continue;

    const { path, mentioned } = last;
    next.set(
      setting,
      mentioned === 'nulled'
        ? { from: 'default', of: 'configuration file', deletedBy: printable(path) }
        : { from: 'drop-in', file: printable(path) },
    );
  }
  return next;
}

/** How a patch speaks of a setting: in its very key, in another spelling, or only by a null at it or at a group above it. */
function mention(patch: Tree, steps: readonly string[]): 'set' | 'misspelled' | 'nulled' | undefined {
  const [step, ...rest] = steps;
  if (patch === null) return 'nulled';
  if (step === undefined) return 'set';
  if (!isTreeMap(patch)) return 'misspelled';

  let found: ReturnType<typeof mention>;
  for (const [key, value] of patch) {
    if (!sameKey(key, step)) continue;
    const below = mention(value, rest);
    if (below === 'nulled') found ??= 'nulled';
    else if (below !== undefined) found = key === step && below === 'set' ? 'set' : (found ?? 'misspelled');
  }
  return found;
}

/** JSON merge patch, RFC 7386: maps merge, null deletes, everything else replaces. The arguments stay as they are. */
export function mergePatch(target: Tree, patch: TreeMap): TreeMap;
export function mergePatch(target: Tree, patch: Tree): Tree;
export function mergePatch(target: Tree, patch: Tree): Tree {
  if (!isTreeMap(patch)) return patch;

  const merged = new Map(isTreeMap(target) ? target : []);
  for (const [key, value] of patch) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key) ?? null, value));
  }
  return merged;
}

/**
 * Orders paths as Go's `filepath.WalkDir` meets them: folder by folder, the entries of each by the bytes of their names. So `a/x.conf` comes before
 * `a-b.conf`, which a comparison of whole paths would turn around. A backslash separates on Windows only; on Linux it is a letter like any other.
 */
export function compareWalkOrder(left: string, right: string): number {
  const separator = isWindowsPath(left) ? /[\\/]/ : '/';
  const [leftParts, rightParts] = [left.split(separator), right.split(separator)];

  for (let depth = 0; depth < Math.min(leftParts.length, rightParts.length); depth += 1) {
    const order = compareBytes(leftParts[depth] ?? '', rightParts[depth] ?? '');
    if (order !== 0) return order;
  }
  return leftParts.length - rightParts.length;
}
