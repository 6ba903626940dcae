import { isTreeMap, type Tree } from './tree.ts';

/** JSON merge patch, RFC 7386: maps merge, null deletes, everything else replaces. The arguments stay as they are. */
export function mergePatch(target: Tree, patch: Tree): Tree {
  if (!isTreeMap(patch)) return patch;

  const merged = new Map(isTreeMap(target) ? target : []);
  for (const [key, value] of patch) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key) ?? null, value));
  }
  return merged;
}
