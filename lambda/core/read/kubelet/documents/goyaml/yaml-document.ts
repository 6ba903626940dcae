import { err, ok, type Result } from '../../../../model/result.ts';
import { goInteger } from '../go-values.ts';
import type { DocumentFault, ParsedDocument, RepeatedKey, Tree } from '../tree.ts';
import { scalarValue } from '../yaml-scalar.ts';
import { firstDocument, type YamlNode } from './nodes.ts';
import { isInFirstPiece, YamlFault } from './yaml-text.ts';

/** Aliases repeat what they name; more values than this come from an alias bomb. */
const mostValues = 100_000;

/** A document's value, and where each part of it is written. */
export interface YamlDocument extends ParsedDocument {
  readonly root: YamlNode;
  /** Byte offset of a place in the text. */
  readonly offsetOf: (at: number) => number;
}

/**
 * The first YAML document of some bytes as `sigs.k8s.io/yaml` makes JSON of it, by goyaml's own rules for lines, tabs and indentation. `refused` only
 * where goyaml refuses it too. Bounded in size, depth and expansion of aliases, in time linear in its length; never throws.
 * Source: go.yaml.in/yaml/v2, sigs.k8s.io/yaml `yaml.go`; measured on its answers for 18,002 machines (test/conformance).
 */
export function yamlDocument(bytes: Uint8Array, limit: number): Result<YamlDocument, DocumentFault> {
  if (bytes.length > limit) return err({ kind: 'not-read', because: `longer than ${limit} bytes` });
  if ([0xfeff, 0xfffe].includes(((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)))
    return err({ kind: 'not-read', because: 'a text in UTF-16' });

  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  if (Buffer.from(text).equals(bytes)) return readDocument(text);
  const at = text.indexOf('\ufffd');
  const isWrong = bytes[Buffer.byteLength(text.slice(0, at))] !== 0xef;
  const kind = isWrong && isInFirstPiece(text, at) ? 'refused' : 'not-read';
  return err({ kind, because: `${placesOf(text)(at)}: bytes that are no UTF-8` });
}

/** The same of a text. It may come from bytes that are no UTF-8, which goyaml refuses. */
export function parseYaml(text: string, limit: number): Result<ParsedDocument, DocumentFault> {
  if (text.length > limit) return err({ kind: 'not-read', because: `longer than ${limit} characters` });
  if (text.includes('\ufffd') || !text.isWellFormed())
    return err({ kind: 'not-read', because: 'a character that may stand for bytes that are no UTF-8' });
  return readDocument(text);
}

function readDocument(text: string): Result<YamlDocument, DocumentFault> {
  const placeOf = placesOf(text);
  try {
    const root = firstDocument(text);
    const converter = new Converter(placeOf);
    const tree = converter.convert(root);
    const offsetOf = (at: number) => Buffer.byteLength(text.slice(0, at));
    return ok({ tree, root, offsetOf, repeatedKeys: converter.repeatedKeys });
  } catch (error) {
    if (error instanceof YamlFault) return err({ kind: error.kind, because: `${placeOf(error.at)}: ${error.message}` });
    throw error;
  }
}

/** Looked up in a list of lines that is made once: a text with many repeated keys asks often. */
function placesOf(text: string): (at: number) => string {
  let begins: readonly number[] | undefined;
  return (at) => {
    begins ??= [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
    let low = 0;
    let high = begins.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((begins[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return `line ${low + 1}, column ${at - (begins[low] ?? 0) + 1}`;
  };
}

class Converter {
  readonly repeatedKeys: RepeatedKey[] = [];
  readonly #placeOf: (at: number) => string;
  readonly #path: string[] = [];
  readonly #expanding = new Set<YamlNode>();
  #decoded = 0;
  #aliased = 0;

  constructor(placeOf: (at: number) => string) {
    this.#placeOf = placeOf;
  }

  convert(node: YamlNode): Tree {
    this.#count(node);
    switch (node.kind) {
      case 'alias':
        return this.#expanded(node, (target) => this.convert(target));
      case 'scalar':
        return scalarOf(node);
      case 'sequence':
        return this.#items(node.items);
      case 'mapping': {
        const members = new Map<string, Tree>();
        this.#fill(members, node);
        return members;
      }
    }
  }

  /** goyaml's own guard against bombs, and a lower one of ours. */
  #count(node: YamlNode): void {
    this.#decoded += 1;
    if (this.#expanding.size > 0) this.#aliased += 1;
    if (this.#aliased > 100 && this.#decoded > 1000 && this.#aliased / this.#decoded > 0.99)
      throw new YamlFault('refused', 'aliases that repeat too much', node.start);
    if (this.#decoded > mostValues) throw new YamlFault('not-read', 'aliases that repeat too much', node.start);
  }

  #expanded<T>(alias: YamlNode & { readonly kind: 'alias' }, use: (target: YamlNode) => T): T {
    const target = alias.target();
    if (target === undefined || this.#expanding.has(target))
      throw new YamlFault('refused', 'an alias of what contains it', alias.start);
    this.#expanding.add(target);
    const result = use(target);
    this.#expanding.delete(target);
    return result;
  }

  #items(items: readonly YamlNode[]): Tree {
    this.#path.push('[]');
    const values = items.map((item) => this.convert(item));
    this.#path.pop();
    return values;
  }

  #fill(members: Map<string, Tree>, node: YamlNode & { readonly kind: 'mapping' }): void {
    const types = new Map<string, string>();
    for (const { key, value } of node.pairs) {
      if (isMergeKey(key)) {
        this.#merge(members, value);
        continue;
      }
      const { name, type } = this.#keyOf(key);
      const before = types.get(name);
      // To goyaml 1, 1.0 and "1" are three keys, and chance decides which of them JSON keeps. At the top no such key means anything.
      if (before !== undefined && before !== type && this.#path.length > 0)
        throw new YamlFault('not-read', 'a number and a text as one key', key.start);
      types.set(name, type);
      if (members.has(name) && (before === undefined || before === type) && this.repeatedKeys.length < 100)
        this.repeatedKeys.push({ path: [...this.#path, name], place: this.#placeOf(key.start) });
      this.#path.push(name);
      members.set(name, this.convert(value));
      this.#path.pop();
    }
  }

  /** A map's key as JSON has it, and its type. JSON spells a long number otherwise; it is the name of nothing in any case. */
  #keyOf(key: YamlNode): { readonly name: string; readonly type: string } {
    if (key.kind === 'scalar' && isImplicit(key) && /^[-+]?\.(?:inf|nan)$/i.test(key.value))
      return { name: key.value.toLowerCase(), type: 'float' };
    const value = this.convert(key);
    if (typeof value === 'string' || typeof value === 'boolean') return { name: String(value), type: typeof value };
    if (typeof value !== 'number' || key.kind !== 'scalar')
      throw new YamlFault('refused', 'a key that is no word', key.start);
    const isInteger = goInteger(key.value.replaceAll('_', '')) !== undefined && !key.tag.endsWith(':float');
    if (isInteger && !Number.isSafeInteger(value)) throw new YamlFault('not-read', 'a long number as a key', key.start);
    return { name: Number.isSafeInteger(value) ? String(value) : key.value, type: isInteger ? 'integer' : 'float' };
  }

  /** `<<`: what is merged has the place of the key, and the last of two wins. In a list, the first wins. */
  #merge(members: Map<string, Tree>, node: YamlNode): void {
    const sources = node.kind === 'sequence' ? node.items.toReversed() : [node];
    for (const source of sources) {
      const mapping = source.kind === 'alias' ? source.target() : source;
      if (mapping?.kind !== 'mapping')
        throw new YamlFault('refused', 'a merge key of something that is no map', source.start);
      this.#count(source);
      if (source.kind === 'alias') this.#expanded(source, () => this.#fill(members, mapping));
      else this.#fill(members, mapping);
    }
  }
}

const mergeTag = 'tag:yaml.org,2002:merge';

export const isMergeKey = (key: YamlNode): boolean =>
  key.kind === 'scalar' && key.value === '<<' && (isImplicit(key) || key.tag === mergeTag);

const isImplicit = ({ style, tag }: YamlNode & { readonly kind: 'scalar' }): boolean =>
  (tag === '' && style === 'plain') || tag === '!';

const isDate = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true;

function scalarOf(node: YamlNode & { readonly kind: 'scalar' }): Tree {
  const { value: text, style, tag, start } = node;
  // goyaml keeps the text of a time. One that is none is refused, and other spellings than a date's are not followed.
  if (tag === 'tag:yaml.org,2002:timestamp' && !isDate(text)) throw new YamlFault('not-read', 'a tag of a time', start);

  const value = scalarValue({ text, plain: style === 'plain', tag: tag === '' ? undefined : tag });
  if (!value.ok) throw new YamlFault(value.error, 'a value that JSON has not, or that its tag does not fit', start);
  // Beyond 64 bits goyaml reads digits as a float and everything else as a text.
  if (typeof value.value === 'number' && Math.abs(value.value) >= 2 ** 63 && /^[-+]?0/.test(text))
    throw new YamlFault('not-read', 'a number of more than 64 bits', start);
  return value.value;
}
