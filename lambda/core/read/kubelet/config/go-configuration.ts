import { err, ok, type Result } from '../../../model/result.ts';
import { type SettingPath, type SettingValue, settingPaths, settings } from '../../../model/settings.ts';
import { isTreeMap, membersOf, type Tree, type TreeMap } from '../documents/tree.ts';
import { isReplacedByDefault, settingValue } from '../setting-facts.ts';
import { folded } from './kubelet-document.ts';
import { checkedPaths, otherPaths, typeFault } from './other-fields.ts';

/** A setting that is a field of Go's struct; a feature gate is an entry of its map instead. */
type FieldPath = Exclude<SettingPath, `featureGates.${string}`>;

/** The kubelet's configuration as far as this program looks at it, as Go's struct holds it. A field that is not in `values` is nil or zero. */
export interface GoConfiguration {
  readonly values: ReadonlyMap<FieldPath, SettingValue>;
  readonly gates: ReadonlyMap<string, boolean>;
  /** Fields that are no settings of this program, and whose values keep a kubelet from starting. By path. */
  readonly others: ReadonlyMap<string, Tree>;
}

const isField = (path: SettingPath): path is FieldPath => !path.startsWith('featureGates.');
const fieldPaths = settingPaths.filter(isField);

/** Fields that are pointers in v1beta1: there, `null` empties them; any other field stays as it is. */
const pointers: ReadonlySet<FieldPath> = new Set([
  'authentication.anonymous.enabled',
  'authentication.webhook.enabled',
  'makeIPTablesUtilChains',
  'eventRecordQPS',
] as const);

/** What one setting is; `undefined` where nothing sets it and the kubelet has no default. */
export function settingOf(
  { values, gates }: Pick<GoConfiguration, 'values' | 'gates'>,
  path: SettingPath,
): SettingValue | undefined {
  return isField(path) ? values.get(path) : gates.get(path.slice('featureGates.'.length));
}

interface DecodeOptions {
  /** Whether keys are compared as `encoding/json` does, upper and lower case alike; the decoder of main files respects case. */
  readonly foldsCase: boolean;
  /** What is decoded over; the internal struct has no pointers. */
  readonly over?: GoConfiguration;
}

/**
 * What Go decodes from such a document: member by member in the order of the text, each over what is there. The error says which setting has a type that
 * keeps the kubelet from starting. Source: Go `encoding/json` `decode.go`, sigs.k8s.io/json.
 */
export function decoded(tree: TreeMap, { foldsCase, over }: DecodeOptions): Result<GoConfiguration, string> {
  const values = new Map(over?.values);
  const gates = new Map(over?.gates);
  const others = new Map(over?.others);

  const decodeGroup = (group: TreeMap, prefix: string): string | undefined => {
    for (const [key, value] of membersOf(group)) {
      const name = nameOf(key, prefix, foldsCase);
      const fault = name === undefined ? undefined : decodeMember(`${prefix}${name}`, value);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };

  const decodeMember = (path: string, value: Tree): string | undefined => {
    if (path === 'featureGates') return decodeGates(value, gates);

    const field = fieldPaths.find((each) => each === path);
    if (field === undefined) {
      const fault = typeFault(path, value);
      if (fault !== undefined) return fault;
      if (checkedPaths.has(path) && value !== null) others.set(path, value);
      return isTreeMap(value) && groups.has(`${path}.`) ? decodeGroup(value, `${path}.`) : undefined;
    }
    if (value === null) {
      if (settings[field].type === 'duration') return `${path} is null, which is no duration`;
      if (over === undefined && pointers.has(field)) values.delete(field);
      return undefined;
    }
    const typed = settingValue(field, value);
    if (!typed.ok) return typed.error;
    values.set(field, typed.value);
    return undefined;
  };

  const fault = decodeGroup(tree, '');
  return fault === undefined ? ok({ values, gates, others }) : err(fault);
}

/** A gate that is null is false; a map that is null is empty. */
function decodeGates(value: Tree, gates: Map<string, boolean>): string | undefined {
  if (value === null) {
    gates.clear();
    return undefined;
  }
  if (!isTreeMap(value)) return 'featureGates holds no gates';

  for (const [gate, on] of membersOf(value)) {
    if (on !== null && typeof on !== 'boolean') return 'a feature gate is not true or false';
    gates.set(gate, on ?? false);
  }
  return undefined;
}

const paths: readonly string[] = [...settingPaths, ...otherPaths];

/** `''`, `authentication.`, `authentication.x509.`: what comes before a name. */
const groups: ReadonlySet<string> = new Set(
  paths.flatMap((path) =>
    path.split('.').map((_, depth, steps) =>
      steps
        .slice(0, depth)
        .map((each) => `${each}.`)
        .join(''),
    ),
  ),
);

/** The names below each group by their folded spelling: `clientCAFile` below `authentication.x509.`, `authentication` at the top. */
const namesBelow: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map(
  [...groups].map((prefix) => {
    const below = paths.filter((path) => path.startsWith(prefix));
    const names = new Set(below.map((path) => path.slice(prefix.length).split('.')[0] ?? ''));
    return [prefix, new Map([...names].map((name) => [folded(name), name]))] as const;
  }),
);

function nameOf(key: string, prefix: string, foldsCase: boolean): string | undefined {
  const name = namesBelow.get(prefix)?.get(folded(key));
  return foldsCase || name === key ? name : undefined;
}

/** v1beta1's defaults for what a file leaves out, or sets to a zero that counts as left out. Source: `apis/config/v1beta1/defaults.go`. */
export function withDefaults({ values, gates, others }: GoConfiguration): GoConfiguration {
  const filled = new Map<FieldPath, SettingValue>();
  for (const path of fieldPaths) {
    const value = values.get(path);
    filled.set(path, value === undefined || isReplacedByDefault(path, value) ? (settings[path].default ?? '') : value);
  }
  return { values: filled, gates, others };
}

/** Without a main file: what the kubelet's flags had as defaults before there were files. */
export const legacyConfiguration: GoConfiguration = {
  values: new Map(fieldPaths.map((path) => [path, settings[path].legacyDefault ?? ''])),
  gates: new Map(),
  others: new Map(),
};

/**
 * The configuration as the JSON that drop-ins are merged into. From 1.32 on it is v1beta1 with its own key names, and zero values are left out as
 * `omitempty` does. Before, it was the internal struct, with Go's field names and nothing left out.
 */
export function marshalled({ values, gates, others }: GoConfiguration, as: 'v1beta1' | 'internal'): TreeMap {
  const top = new Map<string, Tree>();
  const spelled = (name: string) => (as === 'internal' ? `${name.charAt(0).toUpperCase()}${name.slice(1)}` : name);

  const groupAt = (groups: readonly string[]): Map<string, Tree> => {
    let at = top;
    for (const group of groups) {
      const below = at.get(spelled(group));
      const next = below instanceof Map ? below : new Map<string, Tree>();
      at.set(spelled(group), next);
      at = next;
    }
    return at;
  };

  const set = (path: string, value: Tree | undefined): void => {
    const steps = path.split('.');
    const name = steps.pop() ?? '';
    const group = groupAt(steps);
    if (value !== undefined) group.set(spelled(name), value);
  };

  for (const path of fieldPaths) {
    const value = values.get(path);
    set(path, as === 'v1beta1' && value === settings[path].absentInConfigz ? undefined : value);
  }
  for (const [path, value] of others) set(path, value);
  if (as === 'internal') top.set('FeatureGates', gates.size === 0 ? null : new Map(gates));
  else if (gates.size > 0) top.set('featureGates', new Map(gates));
  return top;
}
