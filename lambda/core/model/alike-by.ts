/** What has the same key, in the order in which it came. Unlike those of `Map.groupBy`, its groups have a first member by their type. */
export function alikeBy<T, Key>(all: Iterable<T>, keyOf: (each: T) => Key): ReadonlyMap<Key, readonly [T, ...T[]]> {
  const groups = new Map<Key, [T, ...T[]]>();
  for (const each of all) {
    const key = keyOf(each);
    const group = groups.get(key);
    if (group) group.push(each);
    else groups.set(key, [each]);
  }
  return groups;
}
