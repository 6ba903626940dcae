import { err, ok, type Result } from '../../result.ts';
import { printable } from '../../text/printable.ts';
import { mergePatch } from '../documents/merge-patch.ts';
import { isTreeMap, type Tree, type TreeMap } from '../documents/tree.ts';
import { allBetaDecides, isReplacedByDefault, settingValue } from '../setting-facts.ts';
import { type SettingPath, type SettingValue, settingPaths, settings } from '../settings.ts';
import { readKubeletDocument, repeatedBelow, sameKey } from './kubelet-document.ts';
import { compareWalkOrder } from './walk-order.ts';

export interface DropIn {
  readonly path: string;
  readonly text: string;
}

/** What a `null` in a drop-in does: the key is deleted and the default applies, it changes nothing, or nobody has measured it. */
export type NullMeaning = 'deletes' | 'keeps' | 'unmeasured';

/** What the drop-ins make of one setting. */
export type Merged =
  | { readonly state: 'untouched' }
  | { readonly state: 'set'; readonly value: SettingValue; readonly file: string }
  /** `file` took the value away. */
  | { readonly state: 'default'; readonly file: string }
  | { readonly state: 'unclear'; readonly because: string };

interface Base {
  /** What the main file and its defaults say; a setting that is missing here is not known. */
  readonly values: ReadonlyMap<SettingPath, SettingValue>;
  /** Without a main file, the defaults that a deleted key would get were not measured where they differ. */
  readonly hasFile: boolean;
}

/**
 * `--config-dir`: every `*.conf` in the order of Go's `filepath.WalkDir`, each merged over what is there (RFC 7386), keys without regard to case.
 * A file that would keep the kubelet from starting is an error with its name. Relative paths stay as they are: they count from the working directory.
 * Source: kubernetes `cmd/kubelet/app/server.go` `mergeKubeletConfigurations`; measured on 1.29.14, 1.34.9, 1.35.6.
 */
export function mergeDropIns(
  base: Base,
  dropIns: readonly DropIn[],
  nulls: NullMeaning,
): Result<ReadonlyMap<SettingPath, Merged>, string> {
  const inOrder = dropIns
    .filter(({ path }) => path.endsWith('.conf'))
    .toSorted((left, right) => compareWalkOrder(left.path, right.path));

  const histories = new Map<SettingPath, History>(settingPaths.map((path) => [path, untouched]));
  let tree: Tree = marshalled(base.values);

  for (const { path, text } of inOrder) {
    const document = readKubeletDocument(text);
    if (!document.ok) return err(`${printable(path)}: ${document.error}`);

    tree = mergePatch(tree, document.value.tree);
    for (const [setting, history] of histories) {
      const repeated = repeatedBelow(setting, document.value.repeatedKeys);
      const unclear = repeated && `${printable(path)} holds a key of ${setting} twice (${repeated.place})`;
      histories.set(
        setting,
        continued(history, { path, unclear, ...mention(document.value.tree, setting.split('.')) }),
      );
    }
  }

  const merged = new Map<SettingPath, Merged>();
  for (const [setting, history] of histories) {
    const outcome = outcomeOf(setting, history, { tree, nulls, hasFile: base.hasFile });
    if (!outcome.ok) return outcome;
    merged.set(setting, outcome.value);
  }
  return ok(merged);
}

/** What the drop-ins so far did to one setting. */
interface History {
  /** The last drop-in that gave it a value. */
  readonly setBy?: string;
  /** Whether a null came after that, and from where. */
  readonly nulledBy?: string;
  readonly unclear?: string;
}

const untouched: History = {};

interface Mention {
  readonly sets: boolean;
  readonly nulls: boolean;
}

function continued(
  history: History,
  { path, unclear, sets, nulls }: Mention & { readonly path: string; readonly unclear: string | undefined },
): History {
  if (unclear !== undefined) return { ...history, unclear };
  if (sets && nulls)
    return { ...history, unclear: `${printable(path)} sets a setting and deletes it, in two spellings of its key` };
  if (sets) return { setBy: path, ...(history.unclear !== undefined && { unclear: history.unclear }) };
  return nulls ? { ...history, nulledBy: path } : history;
}

/** Whether a patch speaks of a setting: gives it (or a group above it) a value, or null. */
function mention(patch: Tree, steps: readonly string[]): Mention {
  const [step, ...rest] = steps;
  if (step === undefined || !isTreeMap(patch)) return { sets: patch !== null, nulls: patch === null };

  const mentions = keysOf(patch, step, rest).map((key) => mention(patch.get(key) ?? null, rest));
  return { sets: mentions.some(({ sets }) => sets), nulls: mentions.some(({ nulls }) => nulls) };
}

interface Outcome {
  readonly tree: Tree;
  readonly nulls: NullMeaning;
  readonly hasFile: boolean;
}

function outcomeOf(setting: SettingPath, history: History, { tree, nulls, hasFile }: Outcome): Result<Merged, string> {
  const unclear = (because: string) => ok<Merged>({ state: 'unclear', because });
  const route = routeTo(tree, setting.split('.'));

  if (route.kind === 'no-group')
    return err(`${printable(history.setBy ?? 'a drop-in')}: a group above ${setting} holds no settings`);
  if (history.unclear !== undefined) return unclear(history.unclear);
  if (route.kind === 'ambiguous')
    return unclear(`${setting} is spelled in two ways, and which one wins depends on the kubelet`);

  if (history.nulledBy !== undefined) {
    const by = printable(history.nulledBy);
    if (nulls === 'unmeasured')
      return unclear(`${by} sets ${setting} to null, and what this kubelet version makes of it is not known`);
    if (nulls === 'keeps') {
      return history.setBy === undefined
        ? ok({ state: 'untouched' })
        : unclear(`${by} sets ${setting} to null after another drop-in set it`);
    }
    if (route.kind === 'found') return unclear(`${by} sets ${setting} to null in another spelling of its key`);
    const known = hasFile || settings[setting].default === settings[setting].legacyDefault;
    return known
      ? ok({ state: 'default', file: history.nulledBy })
      : unclear(`${by} sets ${setting} to null without a main file, and what follows is not known`);
  }

  if (history.setBy === undefined) {
    if (isTreeMap(tree) && allBetaDecides(setting, tree))
      return unclear('a drop-in sets the gate AllBeta, which this program does not follow');
    return ok({ state: 'untouched' });
  }
  if (route.kind === 'absent') return unclear(`what the drop-ins make of ${setting} is not known`);

  const value = settingValue(setting, route.value);
  if (!value.ok) return err(`${printable(history.setBy)}: ${value.error}`);
  if (isReplacedByDefault(setting, value.value)) {
    return nulls === 'deletes'
      ? ok({ state: 'default', file: history.setBy })
      : unclear(
          `${printable(history.setBy)} sets ${setting} to nothing, and what this kubelet version makes of it is not known`,
        );
  }
  return ok({ state: 'set', value: value.value, file: history.setBy });
}

type Route =
  | { readonly kind: 'absent' }
  | { readonly kind: 'found'; readonly value: Tree }
  /** Two spellings speak of the setting. */
  | { readonly kind: 'ambiguous' }
  /** A word or a list stands where a group of settings must be. */
  | { readonly kind: 'no-group' };

function routeTo(tree: Tree, steps: readonly string[]): Route {
  const [step, ...rest] = steps;
  if (step === undefined) return { kind: 'found', value: tree };
  if (!isTreeMap(tree)) return { kind: 'no-group' };

  const keys = keysOf(tree, step, rest);
  const routes = keys
    .map((key) => ({ key, route: routeTo(tree.get(key) ?? null, rest) }))
    .filter(({ route }) => route.kind !== 'absent');

  const [only, another] = routes;
  if (only === undefined) return { kind: 'absent' };
  if (another !== undefined || (keys.length > 1 && only.key !== step)) return { kind: 'ambiguous' };
  return only.route;
}

/** Keys of settings are equal in any case; the names of feature gates are data, not keys. */
const keysOf = (tree: TreeMap, step: string, rest: readonly string[]): readonly string[] =>
  [...tree.keys()].filter((key) => (rest.length === 0 && gateNames.has(step) ? key === step : sameKey(key, step)));

const gateNames: ReadonlySet<string> = new Set(
  settingPaths.filter((path) => path.startsWith('featureGates.')).map((path) => path.slice('featureGates.'.length)),
);

/** What the kubelet merges into: its configuration so far as JSON, all groups present, zero values left out as Go's `omitempty` does. */
function marshalled(values: ReadonlyMap<SettingPath, SettingValue>): Tree {
  let tree: Tree = new Map();
  for (const setting of settingPaths) {
    const value = values.get(setting);
    const isLeftOut = value === undefined || value === settings[setting].absentInConfigz;
    const groups = setting.split('.');
    const leaf = groups.pop() ?? '';
    const group: TreeMap = isLeftOut ? new Map() : new Map([[leaf, value]]);
    tree = mergePatch(
      tree,
      groups.reduceRight<TreeMap>((inner, name) => new Map([[name, inner]]), group),
    );
  }
  return tree;
}
