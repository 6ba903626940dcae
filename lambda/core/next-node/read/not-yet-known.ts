import { type SettingPath, settingPaths, settings } from '../../model/settings.ts';
import { isTreeMap, type Tree, type TreeMap } from '../../read/kubelet/documents/tree.ts';

/** Replaces a value that isn't known before the deployment: a private-use character, which no configuration needs. */
export const notYetKnown = '\ue123';

/** The same in a script, where it may become any number of words. */
export const notYetKnownVariable = '${NOT_YET_KNOWN}';

interface Decided {
  readonly dropIn?: TreeMap;
  readonly flags: readonly string[];
}

/** What is left when every value that only the deployment knows is taken out, and which settings such a value decides; `all` where it may decide any. */
export type WithoutNotYetKnown<T> =
  | { readonly decides: 'all' }
  | { readonly decides: ReadonlySet<SettingPath>; readonly answer: T };

/** Flags that say which files there are: nothing is known behind one that is not known. */
const flagsOfFiles: ReadonlySet<string> = new Set(['config', 'config-dir']);

export function withoutNotYetKnown<T extends Decided>(answer: T): WithoutNotYetKnown<T> {
  const found = new Finder();
  const dropIn = answer.dropIn === undefined ? undefined : found.kept(answer.dropIn, []);
  const decides = new Set(settingPaths.filter((path) => found.decides(path)));
  const flags: string[] = [];
  for (const entry of answer.flags) {
    if (!entry.includes(notYetKnown)) {
      flags.push(entry);
      continue;
    }
    // An entry may hold another flag behind this one, which must not be lost with it.
    const [, flag] = /^--([a-z0-9-]+)=[^\s"']*$/.exec(entry) ?? [];
    if (flag === undefined || flagsOfFiles.has(flag)) return { decides: 'all' };
    for (const path of settingPaths) if (settings[path].flag === flag) decides.add(path);
    // Every other entry keeps its number.
    flags.push('');
  }
  if (found.isOfAll) return { decides: 'all' };
  return { decides, answer: { ...answer, flags, ...(isTreeMap(dropIn) && { dropIn }) } };
}

class Finder {
  /** A key, the kind or the version is not known. */
  isOfAll = false;
  readonly #paths: (readonly string[])[] = [];

  kept(tree: Tree, path: readonly string[]): Tree | undefined {
    if (isTreeMap(tree)) {
      const members: [string, Tree][] = [];
      for (const [key, value] of tree) {
        if (key.includes(notYetKnown)) this.isOfAll = true;
        const kept = this.kept(value, [...path, key.toLowerCase()]);
        if (kept !== undefined) members.push([key, kept]);
      }
      return new Map(members);
    }
    if (!holdsNotYetKnown(tree)) return tree;
    if (path.length === 1 && (path[0] === 'kind' || path[0] === 'apiversion')) this.isOfAll = true;
    this.#paths.push(path);
    return undefined;
  }

  decides(setting: SettingPath): boolean {
    const steps = setting.toLowerCase().split('.');
    return this.#paths.some((path) => path.every((key, index) => index >= steps.length || key === steps[index]));
  }
}

function holdsNotYetKnown(tree: Tree): boolean {
  if (typeof tree === 'string') return tree.includes(notYetKnown);
  if (isTreeMap(tree)) return [...tree].some(([key, value]) => key.includes(notYetKnown) || holdsNotYetKnown(value));
  return Array.isArray(tree) && tree.some(holdsNotYetKnown);
}
