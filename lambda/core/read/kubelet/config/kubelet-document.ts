import { err, ok, type Result } from '../../../model/result.ts';
import { parseYaml } from '../documents/goyaml/yaml-document.ts';
import { parseJson } from '../documents/parse-json.ts';
import {
  type DocumentFault,
  isTreeMap,
  membersOf,
  type ParsedDocument,
  type Tree,
  type TreeMap,
} from '../documents/tree.ts';

/** Real files have 3,000 characters; the probe sends half as many at most. */
const longestFile = 256 * 1024;

/** The main file is decoded into Go's struct, a drop-in into a map first. Up to 1.31 any `kind` will do in a drop-in. */
export type FileKind = 'main' | 'drop-in' | 'drop-in of any kind';

/**
 * A main file or a drop-in: both need the right `kind` and `apiVersion`, else the kubelet does not start. A key that is there twice is refused in a
 * drop-in, strictly decoded; in a main file the strict decoder's refusal is only logged.
 * Source: kubernetes `pkg/kubelet/kubeletconfig/util/codec`, apimachinery `runtime/serializer/json`; measured on 1.29.14 and 1.34.9.
 */
export function readKubeletDocument(text: string, kind: FileKind): Result<TreeMap, DocumentFault> {
  const parsed = parseDocument(text, kind);
  if (!parsed.ok) return parsed;

  const { tree, repeatedKeys } = parsed.value;
  if (!isTreeMap(tree)) return refused('it holds no settings');
  const [repeated] = repeatedKeys;
  if (kind !== 'main' && repeated !== undefined) return refused(`${repeated.place}: a key that is there twice`);

  for (const [name, wanted] of identity) {
    const found = identityOf(tree, name, kind);
    const isSound = kind === 'drop-in of any kind' ? isOfSomeKind(name, found) : found === wanted;
    if (!isSound) return refused(`${name} is not ${wanted}`);
  }
  return ok(tree);
}

const isOfSomeKind = (name: string, found: string | undefined): boolean =>
  name === 'kind' ? found !== undefined && found !== '' : !found?.replace('/', '').includes('/');

const identity = [
  ['kind', 'KubeletConfiguration'],
  ['apiVersion', 'kubelet.config.k8s.io/v1beta1'],
] as const;

/** The recogniser of both reads any spelling of the key, the last one wins; a drop-in's map then needs the very key. */
function identityOf(tree: TreeMap, name: string, kind: FileKind): string | undefined {
  let found: string | undefined;
  for (const [key, value] of membersOf(tree)) {
    if (!sameKey(key, name) || value === null) continue;
    if (typeof value !== 'string') return undefined;
    if (kind === 'main' || key === name) found = value;
  }
  return found;
}

/**
 * What begins with `{` is JSON and nothing else, all other text is YAML, whatever the file's name is. YAML becomes JSON with sorted keys before it is
 * decoded. Source: apimachinery `serializer/recognizer`, `util/yaml.IsJSONBuffer`, Go `unicode.IsSpace`.
 */
export function parseDocument(text: string, kind: FileKind): Result<ParsedDocument, DocumentFault> {
  if (/^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*\{/.test(text))
    return parseJson(text, longestFile, kind === 'main' ? 'as-written' : 'as-values');

  const parsed = parseYaml(text, longestFile);
  return parsed.ok ? ok({ ...parsed.value, tree: sorted(parsed.value.tree) }) : parsed;
}

/** Go writes the keys of a map in the order of their bytes, which is that of their code points. */
export function sorted(tree: TreeMap): TreeMap;
export function sorted(tree: Tree): Tree;
export function sorted(tree: Tree): Tree {
  if (Array.isArray(tree)) return tree.map((each) => sorted(each));
  if (!isTreeMap(tree)) return tree;

  const compare = [...tree.keys()].some((key) => hasLateUnits.test(key)) ? compareBytes : compareUnits;
  const members = [...tree].toSorted(([left], [right]) => compare(left, right));
  return new Map(members.map(([key, value]) => [key, sorted(value)]));
}

/** UTF-8 orders as its code points do; JavaScript's own order is that of UTF-16. */
export function compareBytes(left: string, right: string): number {
  const shorter = Math.min(left.length, right.length);
  for (let at = 0; at < shorter; at += 1) {
    const order = inOrderOfPoints(left.charCodeAt(at)) - inOrderOfPoints(right.charCodeAt(at));
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** Where units and code points have two orders. The engine's own comparison is many times as fast as one by hand. */
const hasLateUnits = /[\ud800-\uffff]/;
/** Of two keys of one map, which differ. */
const compareUnits = (left: string, right: string): number => (left < right ? -1 : 1);

/** Surrogates, whose code points are beyond all others, behind the units of U+E000 to U+FFFF. */
function inOrderOfPoints(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** Equal as Go's `encoding/json` compares keys: upper and lower case alike, and with them the long s and the Kelvin sign. Source: Go `json/fold.go`. */
export const sameKey = (left: string, right: string): boolean => left === right || folded(left) === folded(right);

/** A key as it is compared with others. */
export const folded = (key: string): string =>
  key.replace(/[A-Z\u017f\u212a]/g, (char) => (char === '\u017f' ? 's' : char.toLowerCase()));

const refused = (because: string) => err<DocumentFault>({ kind: 'refused', because });
