import { type Node, type ParseError, parseTree } from 'jsonc-parser';
import { err, ok, type Result } from '../../../model/result.ts';
import { firstDocument, type YamlNode } from '../../../read/kubelet/documents/goyaml/nodes.ts';
import { isMergeKey } from '../../../read/kubelet/documents/goyaml/yaml-document.ts';
import { YamlFault } from '../../../read/kubelet/documents/goyaml/yaml-text.ts';
import { deepestCarrier as deepest } from '../../../read/kubelet/documents/tree.ts';
import { scalarValue } from '../../../read/kubelet/documents/yaml-scalar.ts';
import type { Located, Written } from './located.ts';
import { lineAt, type MappedText, quotedText, verbatimText, wholeText } from './mapped-text.ts';

/** AWS takes templates of 1 MB, Kubernetes objects of 1.5 MB; what is larger was made to fill memory. */
export const longestYaml = 1_000_000;

/** Aliases repeat what they name; more values than this come from an alias bomb. */
const mostValues = 60_000;

/** A plan of some thousand resources; more commas, colons and brackets would not fit into memory beside the file. */
const mostMarks = 600_000;

const tooDeep = `nested deeper than ${deepest} levels`;

/** Where YAML 1.1 ends a line and the numbers of lines here do not. */
const readDifferently = /\r(?!\n)|[\u0085\u2028\u2029]/;

/** Strict JSON with the place of each value; of a repeated key the last one counts. The error quotes nothing of the text, which may hold secrets. Never throws. */
export function readJson(text: string): Result<Located, string> {
  if (text.split(/[,:[{]/, mostMarks).length === mostMarks)
    return err(`more than ${mostMarks} commas, colons and brackets`);
  try {
    const errors: ParseError[] = [];
    const root = parseTree(text, errors, { disallowComments: true });
    const [fault] = errors;
    return root && !fault ? ok(ofJson(root, text)) : err(`line ${lineAt(text, fault?.offset ?? 0)}: not valid JSON`);
  } catch (error) {
    if (error instanceof RangeError) return err(tooDeep);
    throw error;
  }
}

function ofJson(node: Node, text: string, depth = 0): Located {
  if (depth > deepest) throw new RangeError(tooDeep);
  const { type, offset: start, length, value, children = [] } = node;
  const place = { start, end: start + length };
  if (type === 'array') return { kind: 'list', items: children.map((each) => ofJson(each, text, depth + 1)), ...place };
  if (type === 'string') return { kind: 'scalar', value, source: '', text: () => quotedText(value, place), ...place };
  if (type !== 'object') return { kind: 'scalar', value, source: text.slice(start, place.end), ...place };
  const entries = children.flatMap(({ children: [key, member] = [] }) =>
    key && member ? [[key.value, ofJson(member, text, depth + 1)] as const] : [],
  );
  return { kind: 'map', entries: new Map(entries), ...place };
}

/**
 * The documents of a YAML file as `kubectl`, eksctl and CloudFormation read them (goyaml, YAML 1.1), each value with its place; an empty document is null.
 * The error has a place and no word of the text, which may hold secrets. Never throws.
 */
export function readYaml(text: string): Result<readonly Located[], string> {
  if (text.length > longestYaml) return err(`longer than ${longestYaml} characters`);
  if (readDifferently.test(text)) return err('a line end that YAML readers see differently');

  const reader = new YamlReader(text);
  try {
    return ok(chunksOf(text).map((chunk) => reader.document(chunk)));
  } catch (error) {
    if (!(error instanceof YamlFault)) throw error;
    return err(`line ${lineAt(text, reader.offset(error.at))}: ${error.message}`);
  }
}

interface Chunk {
  readonly start: number;
  readonly end: number;
}

/** `---` at the begin of a line is in no scalar. What is only blanks and comments in front of the first one is no document. */
function chunksOf(text: string): readonly Chunk[] {
  const marks = [...text.matchAll(/^(?:---|\.\.\.)(?=\s|$)/gm)];
  const starts = [
    text.startsWith('\ufeff') ? 1 : 0,
    ...marks.map(({ index, 0: mark }) => index + (mark === '---' ? 0 : 3)),
  ];
  const isSaid = (start: number, end?: number): boolean => /^[ \t]*[^\s#]/m.test(text.slice(start, end));
  const kept = starts.filter((start, at) => isSaid(start, marks[at]?.index));
  return kept.map((start, at) => ({ start, end: kept[at + 1] ?? text.length }));
}

class YamlReader {
  readonly #text: string;
  #start = 0;
  #values = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  offset(at: number): number {
    return this.#start + at;
  }

  document({ start, end }: Chunk): Located {
    this.#start = start;
    return this.#read(firstDocument(this.#text.slice(start, end), mostValues));
  }

  /** @param isShared something else may use the value, which is not edited for one place's sake */
  #read(node: YamlNode, isShared = false): Located {
    this.#values += 1;
    if (this.#values > mostValues)
      throw new YamlFault('not-read', 'too many values, or aliases that repeat too much', node.start);
    if (this.#depth > deepest) throw new YamlFault('not-read', tooDeep, node.start);
    this.#depth += 1;
    const located = this.#located(node, isShared || ('anchored' in node && node.anchored));
    this.#depth -= 1;
    return located;
  }

  #located(node: YamlNode, isShared: boolean): Located {
    if (node.kind === 'alias') {
      const target = node.target();
      if (target === undefined) throw new YamlFault('refused', 'an alias of nothing', node.start);
      return this.#read(target, true);
    }
    const written: Written = {
      start: this.offset(node.start),
      end: this.offset(node.end),
      ...(isShared && { behind: 'alias' }),
      ...(node.tag.startsWith('!') && node.tag.length > 1 && { tag: node.tag.slice(1) }),
    };
    if (node.kind === 'sequence')
      return { kind: 'list', items: node.items.map((item) => this.#read(item, isShared)), ...written };
    if (node.kind === 'mapping') return { kind: 'map', entries: this.#entries(node, isShared), ...written };

    const tag = node.tag === '' || node.tag.startsWith('!') ? undefined : node.tag;
    const read = scalarValue({ text: node.value, plain: node.style === 'plain', tag });
    if (!read.ok) throw new YamlFault('refused', 'a value that its tag does not fit', node.start);
    const source = this.#text.slice(written.start, written.end);
    return typeof read.value === 'string'
      ? { kind: 'scalar', value: node.value, source, text: () => textOf(node, source, written), ...written }
      : { kind: 'scalar', value: read.value as null | boolean | number, source, ...written };
  }

  #entries(node: YamlNode & { readonly kind: 'mapping' }, isShared: boolean): ReadonlyMap<string, Located> {
    const entries = new Map<string, Located>();
    for (const { key, value } of node.pairs) {
      const name = this.#read(key);
      const isMerge = isMergeKey(key);
      const member = this.#read(value, isShared || isMerge);
      if (!isMerge && name.kind !== 'scalar') throw new YamlFault('refused', 'a key that is no word', key.start);
      if (!isMerge) entries.set(String(name.kind === 'scalar' && name.value), member);
      // What is merged counts from where the key is written; of a list its first map wins.
      else
        for (const map of member.kind === 'list' ? member.items.toReversed() : [member]) {
          if (map.kind !== 'map') throw new YamlFault('refused', 'a merge key of something that is no map', key.start);
          for (const [own, entry] of map.entries) entries.set(own, entry);
        }
    }
    return entries;
  }
}

type YamlScalar = YamlNode & { readonly kind: 'scalar' };

/** Each line of a literal block (`|`) is the end of a line of the file. */
function textOf({ value, style }: YamlScalar, source: string, place: Written): MappedText {
  if (style === 'double' || style === 'single') return quotedText(value, place);
  if (style === 'plain' && source === value) return verbatimText(value, place.start);
  if (style !== 'literal') return wholeText(value, place.start);

  const at: number[] = [];
  let line = source.indexOf('\n') + 1;
  for (const wanted of value.split('\n')) {
    const [whole = ''] = /[^\n]*/.exec(source.slice(line)) ?? [];
    const end = line + whole.replace(/\r$/, '').length;
    for (let own = end - wanted.length; own <= end; own += 1) at.push(place.start + own);
    line += whole.length + 1;
  }
  return { text: value, at: at.slice(0, value.length), spelling: 'as-is' };
}
