import { err, ok, type Result } from '../../result.ts';
import { printable } from '../../text/printable.ts';
import { absolutePath, directoryOf } from '../absolute-path.ts';
import { isTreeMap, type Tree, type TreeMap } from '../documents/tree.ts';
import { allBetaDecides, isReplacedByDefault, settingValue } from '../setting-facts.ts';
import { type SettingPath, type SettingValue, settingPaths } from '../settings.ts';
import { readKubeletDocument, repeatedBelow, sameKey } from './kubelet-document.ts';

/** What the main file (`--config`) sets; what it leaves out, or sets to a zero that the kubelet replaces, is in no map. */
export interface ConfigFile {
  readonly values: ReadonlyMap<SettingPath, SettingValue>;
  /** Settings that the file speaks of in a way that parsers read differently, with the reason. */
  readonly unclear: ReadonlyMap<SettingPath, string>;
  readonly notes: readonly string[];
}

/**
 * The main file as the kubelet reads it: keys respect case, a wrong type keeps it from starting (the error, with its place), a relative CA file
 * counts from the file's folder. Source: kubernetes `pkg/kubelet/kubeletconfig/configfiles`; measured on 1.34.9.
 * @param path absolute
 */
export function readConfigFile(path: string, text: string): Result<ConfigFile, string> {
  const document = readKubeletDocument(text);
  if (!document.ok) return err(`${printable(path)}: ${document.error}`);
  const { tree, repeatedKeys } = document.value;

  const values = new Map<SettingPath, SettingValue>();
  const unclear = new Map<SettingPath, string>();

  for (const setting of settingPaths) {
    const repeated = repeatedBelow(setting, repeatedKeys);
    if (repeated !== undefined) {
      unclear.set(setting, `${printable(path)} holds a key of ${setting} twice (${repeated.place})`);
      continue;
    }

    const found = valueAt(tree, setting);
    if (!found.ok) return err(`${printable(path)}: ${found.error}`);
    if (found.value !== undefined) {
      const value = settingValue(setting, found.value);
      if (!value.ok) return err(`${printable(path)}: ${value.error}`);
      if (!isReplacedByDefault(setting, value.value)) values.set(setting, resolved(setting, value.value, path));
    } else if (allBetaDecides(setting, tree)) {
      unclear.set(setting, `${printable(path)} sets the gate AllBeta, which this program does not follow`);
    }
  }

  return ok({
    values,
    unclear,
    notes: misspelled(tree).map(
      (key) => `${printable(path)} has the key ${key}, which the kubelet ignores: case matters there`,
    ),
  });
}

/** `undefined` when the key or a group above it is absent or null. */
function valueAt(tree: TreeMap, setting: SettingPath): Result<Tree | undefined, string> {
  let at: Tree = tree;
  for (const step of setting.split('.')) {
    if (!isTreeMap(at)) return err(`the group above ${step} of ${setting} holds no settings`);
    const next = at.get(step);
    if (next === undefined || next === null) return ok(undefined);
    at = next;
  }
  return ok(at);
}

function resolved(setting: SettingPath, value: SettingValue, file: string): SettingValue {
  if (setting !== 'authentication.x509.clientCAFile' || typeof value !== 'string' || value === '') return value;
  return absolutePath(value, directoryOf(file)) ?? value;
}

/** Keys that name a setting but for their case. */
function misspelled(tree: TreeMap): readonly string[] {
  const found = new Set<string>();
  for (const setting of settingPaths) {
    let at: Tree | undefined = tree;
    for (const step of setting.split('.')) {
      if (!isTreeMap(at)) break;
      for (const key of at.keys()) if (key !== step && sameKey(key, step)) found.add(printable(key, 60));
      at = at.get(step);
    }
  }
  return [...found].slice(0, 5);
}
