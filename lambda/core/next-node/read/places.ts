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
  const { node: list, isShared } = opened(found);
  const node = list?.kind === 'sequence' ? list.items[index] : undefined;
  return node === undefined ? placeOfNode(placed, found) : { ...placeOfNode(placed, { node, isShared }), node };
}

interface Found {
  /** Of the value, in its map; absent at the top of the document. */
  readonly key?: YamlNode;
  readonly node: YamlNode;
  /** An alias or a merge key has it written elsewhere, or an anchor lets other places use it. */
  readonly isShared: boolean;
}

/** The last pair of a key wins. What a merge key brings has the place of the merge key. */
function foundAt(root: YamlNode | undefined, keys: readonly string[]): Found | undefined {
  let found: Found | undefined = root && { node: root, isShared: false };
  for (const key of keys) {
    if (found === undefined) return undefined;
    const { node, isShared } = opened(found);
    const pairs: readonly YamlPair[] = node?.kind === 'mapping' ? node.pairs : [];
    const pair = pairs.findLast((each) => isMergeKey(each.key) || keyText(each.key) === key);
    if (pair && isMergeKey(pair.key)) return { key: pair.key, node: pair.value, isShared: true };
    found = pair && { key: pair.key, node: pair.value, isShared };
  }
  return found;
}

function opened({ node, isShared }: Found): { readonly node: YamlNode | undefined; readonly isShared: boolean } {
  let inside: YamlNode | undefined = node;
  // An alias inside itself was refused before.
  while (inside?.kind === 'alias') inside = inside.target();
  return { node: inside, isShared: isShared || inside !== node || isAnchored(node) };
}

const isAnchored = (node: YamlNode): boolean => 'anchored' in node && node.anchored;

function placeOfNode({ document, at, bytes }: PlacedDocument, { key, node, isShared }: Found): Place {
  if (at === undefined) return { behind: 'encoding' };

  const range = (start: number, end: number): ByteRange => ({
    start: at + document.offsetOf(start),
    end: at + document.offsetOf(end),
  });
  const value = range(node.start, node.end);
  const isBlock = node.kind === 'scalar' && (node.style === 'literal' || node.style === 'folded');
  return {
    line: lineOf(bytes, value.start),
    value,
    entry: range((key ?? node).start, node.end),
    ...(isShared || node.kind === 'alias' || isAnchored(node)
      ? { behind: 'alias' }
      : isBlock && { behind: 'block-scalar' }),
  };
}

/** Lines end in LF, as in the tools that show them. */
export function lineOf(bytes: Uint8Array, offset: number): number {
  let line = 1;
  for (let at = bytes.indexOf(0x0a); at !== -1 && at < offset; at = bytes.indexOf(0x0a, at + 1)) line += 1;
  return line;
}

/** Keys of settings are words: nothing that YAML 1.1 reads as another type. */
const keyText = (node: YamlNode): string | undefined => (node.kind === 'scalar' ? node.value : undefined);
