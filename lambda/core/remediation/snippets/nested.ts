import type { SettingPath, SettingValue } from '../../kubelet/settings.ts';

export interface Nested {
  readonly [key: string]: SettingValue | Nested;
}

/** `a.b.c` → `{ a: { b: { c } } }`, in the order given. Paths are this program's own. */
export function nested(settings: ReadonlyMap<SettingPath, SettingValue>): Nested {
  return [...settings].reduce<Nested>((tree, [path, value]) => put(tree, path.split('.'), value), {});
}

function put(tree: Nested, [step = '', ...rest]: readonly string[], value: SettingValue): Nested {
  const below = tree[step];
  return { ...tree, [step]: rest.length === 0 ? value : put(typeof below === 'object' ? below : {}, rest, value) };
}
