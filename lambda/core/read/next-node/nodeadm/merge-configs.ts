import { isTreeMap, type Tree, type TreeMap } from '../../../kubelet/documents/tree.ts';

/**
 * A later `spec.kubelet.config` over an earlier one: maps merge, an empty map changes nothing, and null, false, 0, texts and lists replace.
 * Source: dario.cat/mergo v1.0.2 `merge.go` WithOverride, over maps that JSON made.
 */
export function mergeConfigs(earlier: TreeMap, later: TreeMap): TreeMap {
  const merged = new Map(earlier);
  for (const [key, value] of later) {
    const before = merged.get(key);
    const isDeep = isTreeMap(value) && isTreeMap(before) && before.size > 0;
    merged.set(key, isDeep ? mergeConfigs(before, value) : withoutRepeats(value));
  }
  return merged;
}

/** A key that JSON has twice is its last one, once it went through a map. */
function withoutRepeats(tree: Tree): Tree {
  if (Array.isArray(tree)) return tree.map((item) => withoutRepeats(item));
  return isTreeMap(tree) ? new Map([...tree].map(([key, value]) => [key, withoutRepeats(value)])) : tree;
}
