import type { Origin } from '../../../model/model.ts';
import { err, ok, type Result } from '../../../model/result.ts';
import { type SettingPath, settingPaths } from '../../../model/settings.ts';
import { printable } from '../../../model/text/printable.ts';
import { isWindowsPath } from '../absolute-path.ts';
import { isTreeMap, type Tree, type TreeMap } from '../documents/tree.ts';
import { decoded, type GoConfiguration, marshalled, settingOf, withDefaults } from './go-configuration.ts';
import { compareBytes, readKubeletDocument, sameKey, sorted } from './kubelet-document.ts';
import { faultOf, type Layer, notStartable } from './layer.ts';

export interface DropIn {
  readonly path: string;
  readonly text: string;
}

/**
 * How a kubelet merges drop-ins. `v1beta1` (from 1.32 on): over the JSON of v1beta1, then defaults; null deletes, and every spelling of a key counts.
 * `internal` (1.29 to 1.31): over the JSON of the internal struct, whose keys are spelled otherwise, decoded over what was there; null keeps, zeros stay.
 */
export type MergeKind = 'v1beta1' | 'internal';

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
export function mergeDropIns(base: Layer, dropIns: readonly DropIn[], merging: MergeKind): Result<Layer, string> {
  const inOrder = dropIns.toSorted((left, right) => compareWalkOrder(left.path, right.path));
  const read = (tree: TreeMap): Result<GoConfiguration, string> => {
    const over = merging === 'internal' ? { over: base.configuration } : {};
    const merged = decoded(sorted(tree), { foldsCase: true, ...over });
    return merged.ok && merging === 'v1beta1' ? ok(withDefaults(merged.value)) : merged;
  };

  let tree = marshalled(base.configuration, merging);
  let outcome = read(tree);
  let sound = outcome;
  let steps: Step[] = [];
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

interface Step {
  readonly path: string;
  readonly patch: TreeMap;
}

interface Change {
  /** The drop-ins since `before`: the last one made sound what those before it had spoiled. */
  readonly steps: readonly Step[];
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
