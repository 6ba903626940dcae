import type { SettingPath } from '../../model/settings.ts';
import { sameKey } from '../../read/kubelet/config/kubelet-document.ts';
import type { YamlNode, YamlPair } from '../../read/kubelet/documents/goyaml/nodes.ts';
import { isMergeKey, type YamlDocument } from '../../read/kubelet/documents/goyaml/yaml-document.ts';
import { isTreeMap, type Tree, type TreeMap } from '../../read/kubelet/documents/tree.ts';
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
export function placeOfKeys(placed: PlacedDocument, keys: readonly string[]): Place | undefined {
  const found = foundAt(placed.document.root, keys);
  return found?.key === undefined ? undefined : placeOfNode(placed, found);
}

/** Where one item of a list is written. */
export function placeOfItem(
  placed: PlacedDocument,
  keys: readonly string[],
  index: number,
): Place & { readonly node?: YamlNode } {
  const found = foundAt(placed.document.root, keys);
  if (found === undefined) return {};
  const { node: list, behind } = opened(found);
  const node = list?.kind === 'sequence' ? list.items[index] : undefined;
  return node === undefined ? {} : { ...placeOfNode(placed, { node, behind }), node };
}

interface Found {
  /** Of the value, in its map; absent at the top of the document. */
  readonly key?: YamlNode;
  readonly node: YamlNode;
  /** Why the value is not edited where it is written. */
  readonly behind: SettingPlace['behind'];
}

function foundAt(root: YamlNode | undefined, keys: readonly string[]): Found | undefined {
  let found: Found | undefined = root === undefined ? undefined : { node: root, behind: undefined };
  for (const key of keys) {
    if (found === undefined) return undefined;
    const { node, behind } = opened(found);
    const member = node?.kind === 'mapping' ? memberOf(node, key) : undefined;
    found =
      member === undefined
        ? undefined
        : {
            key: member.pair.key,
            node: member.pair.value,
            behind: behind ?? (member.isMerged ? 'merge-key' : undefined),
          };
  }
  return found;
}

/** What is inside may serve several places: behind an alias, or where an alias may refer to it. */
function opened({ node, behind }: Found): { readonly node: YamlNode | undefined; readonly behind: Found['behind'] } {
  const inside = openedAlias(node);
  const isAnchored = inside.node !== undefined && 'anchored' in inside.node && inside.node.anchored;
  return { node: inside.node, behind: behind ?? (inside.isAlias ? 'alias' : isAnchored ? 'anchor' : undefined) };
}

function placeOfNode({ document, at, bytes }: PlacedDocument, { key, node, behind }: Found): Place {
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
