import { err, ok, type Result } from '../../model/result.ts';
import { type SettingPath, settings } from '../../model/settings.ts';
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
export const holds = (config: TreeMap, keys: readonly string[]): boolean =>
  keys.reduce<Tree | undefined>((at, key) => (isTreeMap(at) ? at.get(key) : undefined), config) !== undefined;

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
  const range = (from: YamlNode): ByteRange => ({
    start: at + document.offsetOf(from.start),
    end: at + document.offsetOf(node.end),
  });
  const value = range(node);
  const isBlock = node.kind === 'scalar' && (node.style === 'literal' || node.style === 'folded');
  const isElsewhere = isShared || node.kind === 'alias' || isAnchored(node);
  return {
    line: lineOf(bytes, value.start),
    value,
    entry: range(key ?? node),
    ...(isElsewhere ? { behind: 'alias' } : isBlock && { behind: 'block-scalar' }),
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

/** One word of the kubelet's command line, and which entry it begins in. */
export interface FlagWord {
  readonly word: string;
  readonly entry: number;
}

/**
 * The words that systemd makes of a variable which holds these entries, joined by blanks: split at blanks, quotes undone. An entry with two flags is two
 * flags. What a backslash or a line break becomes is not followed. Source: systemd `src/basic/extract-word.c`, systemd.service(5).
 */
export function flagWords(entries: readonly string[]): Result<readonly FlagWord[], string> {
  const odd = entries.findIndex((entry) => /[\\\n\r\0]/.test(entry));
  if (odd !== -1) return err(`the entry ${odd + 1} of the flags has a backslash or a line break in it`);

  const words: FlagWord[] = [];
  const text = `${entries.join('\n')}\n`;
  let [at, entry] = [0, 0];
  for (const { 0: found, index } of text.matchAll(/(?:[^ \t\n"']|"[^"]*(?:"|$)|'[^']*(?:'|$))+/g)) {
    entry += text.slice(at, index).split('\n').length - 1;
    at = index;
    // The blank between two entries.
    const word = found.replaceAll(/"([^"]*)(?:"|$)|'([^']*)(?:'|$)/g, '$1$2').replaceAll('\n', ' ');
    words.push({ word, entry });
  }
  return ok(words);
}

/** The last word that sets this setting. */
export function wordOfSetting(words: readonly FlagWord[], setting: SettingPath): FlagWord | undefined {
  const { flag } = settings[setting];
  const gate = setting.startsWith('featureGates.') ? setting.slice('featureGates.'.length) : undefined;

  return words.findLast(({ word }, index) => {
    const [name = '', value] = word.split(/=(.*)/s);
    const isFlag = word.startsWith('--') && name.slice(2).replaceAll('_', '-') === flag;
    return isFlag && (gate === undefined || (value ?? words[index + 1]?.word ?? '').includes(gate));
  });
}

/**
 * The place of a word's value in the text that it was written in, with the quotes of that text. `undefined` if it isn't written as such, or has no
 * value after a `=`. Of several, the last.
 */
export function valueInText(text: string, word: string): { readonly start: number; readonly end: number } | undefined {
  const equals = word.indexOf('=');
  if (equals === -1) return undefined;
  for (let at = text.lastIndexOf(word); at !== -1; at = at === 0 ? -1 : text.lastIndexOf(word, at - 1)) {
    const isWhole = /^(?:["'\s]|$)/.test(text.slice(at + word.length)) && /(?:["'\s]|^)$/.test(text.slice(0, at));
    if (isWhole) return { start: at + equals + 1, end: at + word.length };
  }
  return undefined;
}
