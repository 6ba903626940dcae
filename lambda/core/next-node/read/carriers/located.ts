import type { Tree } from '../../../read/kubelet/documents/tree.ts';
import type { MappedText } from './mapped-text.ts';

export interface Written {
  /** Offsets into the file, in UTF-16 units, quotes included. */
  readonly start: number;
  readonly end: number;
  /** It is written elsewhere, or serves several places: by an alias, an anchor or a merge key. */
  readonly behind?: 'alias';
  /** A short form of CloudFormation without its `!`: `Sub`, `GetAtt`. */
  readonly tag?: string;
}

/** A scalar; `text` is there for strings only. */
type LocatedScalar = Written & {
  readonly kind: 'scalar';
  readonly value: null | boolean | number | string;
  /** A number as it is written: `0x280f`, `1.30`. */
  readonly source: string;
  readonly text?: () => MappedText;
};
export type LocatedMap = Written & { readonly kind: 'map'; readonly entries: ReadonlyMap<string, Located> };
type LocatedList = Written & { readonly kind: 'list'; readonly items: readonly Located[] };

/** A value of a JSON or YAML file that knows where it is written. */
export type Located = LocatedScalar | LocatedMap | LocatedList;

export const mapOf = (node: Located | undefined): LocatedMap | undefined => (node?.kind === 'map' ? node : undefined);

export const itemsOf = (node: Located | undefined): readonly Located[] => (node?.kind === 'list' ? node.items : []);

/** The value and every one below it. */
export function* allIn(node: Located): Generator<Located> {
  yield node;
  for (const child of node.kind === 'map' ? node.entries.values() : itemsOf(node)) yield* allIn(child);
}

/** The value at these keys, `undefined` where one of them is not there. */
export function at(node: Located | undefined, ...keys: readonly string[]): Located | undefined {
  let found = node;
  for (const key of keys) found = mapOf(found)?.entries.get(key);
  return found;
}

export const textAt = (node: Located | undefined, ...keys: readonly string[]): MappedText | undefined => {
  const found = at(node, ...keys);
  return found?.kind === 'scalar' ? found.text?.() : undefined;
};

/** A short text, such as a name; of a number its digits, since `version: 1.34` is easily written without quotes. */
export function wordAt(node: Located | undefined, ...keys: readonly string[]): string | undefined {
  const found = at(node, ...keys);
  if (found?.kind !== 'scalar' || found.tag !== undefined) return undefined;
  if (typeof found.value === 'number') return found.source;
  return typeof found.value === 'string' ? found.value : undefined;
}

/** `true` where nothing is written, or nothing but null. */
export const isAbsent = (node: Located | undefined): boolean =>
  node === undefined || (node.kind === 'scalar' && node.value === null);

/** Without its places, as the readers of documents give it. */
export function treeOf(node: Located): Tree {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(treeOf);
    case 'map':
      return new Map([...node.entries].map(([key, value]) => [key, treeOf(value)]));
  }
}
