import { type SettingPath, settingPaths, settings } from '../../model/settings.ts';
import { isTreeMap, jsonOf, type Tree, type TreeMap } from '../../read/kubelet/documents/tree.ts';
import { tokens } from './tokens.ts';

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
  const unknown: string[] = [];
  const dropIn = answer.dropIn && keptOf(answer.dropIn, '', unknown);
  // A key, the kind or the version is not known.
  if (unknown.some((path) => /^(?:|kind\.|apiversion\.)$/.test(path))) return { decides: 'all' };
  const decides = new Set(
    settingPaths.filter((setting) => {
      const path = `${setting.toLowerCase()}.`;
      return unknown.some((each) => path.startsWith(each) || each.startsWith(path));
    }),
  );
  const later = answer.flags.filter((entry) => entry.includes(tokens.deployment));
  for (const entry of later) {
    // An entry may hold another flag behind this one, which must not be lost with it.
    const [, flag] = /^--([a-z0-9-]+)=[^\s"']*$/.exec(entry) ?? [];
    if (flag === undefined || flagsOfFiles.has(flag)) return { decides: 'all' };
    for (const path of settingPaths) if (settings[path].flag === flag) decides.add(path);
  }
  // Every other entry keeps its number.
  const flags = answer.flags.map((entry) => (later.includes(entry) ? '' : entry));
  return { decides, answer: { ...answer, flags, ...(dropIn && { dropIn }) } };
}

/** @param unknown gets the path of each value that is left out: keys in lower case with a dot behind each, empty where a key is not known */
function keptOf(tree: TreeMap, above: string, unknown: string[]): TreeMap {
  const kept = new Map<string, Tree>();
  for (const [key, value] of tree) {
    const path = `${above}${key.toLowerCase()}.`;
    if (key.includes(tokens.deployment)) unknown.push('');
    else if (isTreeMap(value)) kept.set(key, keptOf(value, path, unknown));
    else if (jsonOf(value).includes(tokens.deployment)) unknown.push(path);
    else kept.set(key, value);
  }
  return kept;
}
