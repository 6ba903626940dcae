import type { SettingPath } from '../../model/settings.ts';
import { sameKey } from '../kubelet/config/kubelet-document.ts';
import type { YamlNode, YamlPair } from '../kubelet/documents/goyaml/nodes.ts';
import { isMergeKey, type YamlDocument } from '../kubelet/documents/goyaml/yaml-document.ts';
import { isTreeMap, type Tree, type TreeMap } from '../kubelet/documents/tree.ts';
import type { ByteRange, SettingPlace } from './types.ts';

/** A document inside a piece. */
export interface PlacedDocument {
  readonly document: YamlDocument;
  /** Where its text begins in the bytes of the piece; absent where it is encoded. */
  readonly at?: number;
  readonly bytes: Uint8Array;
}

type Place = Pick<SettingPlace, 'line' | 'value' | 'entry' | 'behind'>;

/**
 * How a setting is spelled in a drop-in: the keys down to its value, or to the null or other thing above it. Of several spellings the one
 * whose value the kubelet decodes last.
 */
export function spelledIn(config: TreeMap, setting: SettingPath): readonly string[] | undefined {
  const found: { readonly keys: readonly string[]; readonly value: Tree }[] = [];
  const walk = (tree: Tree, steps: readonly string[], keys: readonly string[]): void => {
    const [step, ...rest] = steps;
    if (step === undefined || !isTreeMap(tree)) {
      if (keys.length > 0) found.push({ keys, value: tree });
      return;
    }
    for (const key of [...tree.keys()].toSorted())
      if (sameKey(key, step)) walk(tree.get(key) ?? null, rest, [...keys, key]);
  };
  walk(config, setting.split('.'), []);
  return (found.findLast(({ value }) => value !== null) ?? found.at(-1))?.keys;
}

/** Whether a tree holds exactly these keys. */
export function holds(config: TreeMap, keys: readonly string[]): boolean {
  let at: Tree | undefined = config;
  for (const key of keys) {
    if (!isTreeMap(at) || !at.has(key)) return false;
    at = at.get(key);
  }
  return true;
}

/** Where the value behind these keys is written, from the top of the document; `undefined` where it is not there. */
export function placeOfKeys({ document, at, bytes }: PlacedDocument, keys: readonly string[]): Place | undefined {
  let node: YamlNode | undefined = document.root;
  let pair: YamlPair | undefined;
  let behind: SettingPlace['behind'];

  for (const key of keys) {
    const opened = openedAlias(node);
    if (opened.isAlias) behind ??= 'alias';
    if (opened.node !== undefined && 'anchored' in opened.node && opened.node.anchored) behind ??= 'anchor';
    const found = opened.node?.kind === 'mapping' ? memberOf(opened.node, key) : undefined;
    if (found === undefined) return undefined;
    if (found.isMerged) behind ??= 'merge-key';
    pair = found.pair;
    node = pair.value;
  }
  if (pair === undefined || node === undefined) return undefined;
  return placeOfNode({ document, bytes, ...(at !== undefined && { at }) }, { key: pair.key, node, behind });
}

/** Where one item of a list is written. */
export function placeOfItem(
  placed: PlacedDocument,
  keys: readonly string[],
  index: number,
): Place & { readonly node?: YamlNode } {
  let node: YamlNode | undefined = placed.document.root;
  let behind: SettingPlace['behind'];
  for (const key of keys) {
    const opened = openedAlias(node);
    if (opened.isAlias) behind ??= 'alias';
    const found = opened.node?.kind === 'mapping' ? memberOf(opened.node, key) : undefined;
    if (found?.isMerged === true) behind ??= 'merge-key';
    node = found?.pair.value;
  }
  const list = openedAlias(node);
  if (list.isAlias) behind ??= 'alias';
  const item = list.node?.kind === 'sequence' ? list.node.items[index] : undefined;
  return item === undefined ? {} : { ...placeOfNode(placed, { node: item, behind }), node: item };
}

function placeOfNode(
  { document, at, bytes }: PlacedDocument,
  { key, node, behind }: { readonly key?: YamlNode; readonly node: YamlNode; readonly behind: SettingPlace['behind'] },
): Place {
  if (at === undefined) return { behind: 'encoding' };

  const range = (start: number, end: number): ByteRange => ({
    start: at + document.offsetOf(start),
    end: at + document.offsetOf(end),
  });
  const value = range(node.start, node.end);
  const reason = behind ?? reasonAt(node);
  return {
    line: lineOf(bytes, value.start),
    value,
    entry: range((key ?? node).start, node.end),
    ...(reason !== undefined && { behind: reason }),
  };
}

function reasonAt(node: YamlNode): SettingPlace['behind'] {
  if (node.kind === 'alias') return 'alias';
  if (node.anchored) return 'anchor';
  return node.kind === 'scalar' && (node.style === 'literal' || node.style === 'folded') ? 'block-scalar' : undefined;
}

/** Lines end in LF, as in the tools that show them. */
export function lineOf(bytes: Uint8Array, offset: number): number {
  let line = 1;
  for (let at = bytes.indexOf(0x0a); at !== -1 && at < offset; at = bytes.indexOf(0x0a, at + 1)) line += 1;
  return line;
}

function openedAlias(node: YamlNode | undefined): { readonly node: YamlNode | undefined; readonly isAlias: boolean } {
  let opened = node;
  // An alias inside itself was refused before.
  while (opened?.kind === 'alias') opened = opened.target();
  return { node: opened, isAlias: opened !== node };
}

/** The last pair of this key wins, and one that `<<` brings has the place of the `<<`. */
function memberOf(
  mapping: YamlNode & { readonly kind: 'mapping' },
  key: string,
): { readonly pair: YamlPair; readonly isMerged: boolean } | undefined {
  let found: { readonly pair: YamlPair; readonly isMerged: boolean } | undefined;
  for (const pair of mapping.pairs) {
    if (isMergeKey(pair.key)) {
      const sources = pair.value.kind === 'sequence' ? pair.value.items.toReversed() : [pair.value];
      for (const source of sources) {
        const { node } = openedAlias(source);
        const merged = node?.kind === 'mapping' ? memberOf(node, key) : undefined;
        if (merged !== undefined) found = { pair: merged.pair, isMerged: true };
      }
    } else if (keyText(pair.key) === key) found = { pair, isMerged: false };
  }
  return found;
}

/** Keys of settings are words: nothing that YAML 1.1 reads as another type. */
function keyText(node: YamlNode): string | undefined {
  const { node: opened } = openedAlias(node);
  return opened?.kind === 'scalar' ? opened.value : undefined;
}
