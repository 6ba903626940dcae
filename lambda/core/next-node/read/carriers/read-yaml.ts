import {
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type ParsedNode,
  Parser,
} from 'yaml';
import { err, ok, type Result } from '../../../model/result.ts';
import { deepestCarrier as deepest } from '../../../read/kubelet/documents/tree.ts';
import { scalarValue } from '../../../read/kubelet/documents/yaml-scalar.ts';
import type { Detour, Located, LocatedEntry, LocatedScalar } from './located.ts';
import { type MappedText, mappedText, type Run, wholeText } from './mapped-text.ts';
import { quotedText } from './quoted-text.ts';

/** AWS takes templates of 1 MB, Kubernetes objects of 1.5 MB; what is larger was made to fill memory. */
export const longestYaml = 1_000_000;

/** Aliases repeat what they name; more values than this come from an alias bomb. */
const mostValues = 60_000;
const mostDocuments = 1_000;

/** A megabyte of indicators would take a hundred times as much memory. */
const mostLexemes = 300_000;

/** Where YAML 1.1 ends a line and the parser here does not. */
const readDifferently = /\r(?!\n)|[\u0085\u2028\u2029]/;

class Fault extends Error {}

/**
 * The documents of a YAML file as `kubectl`, eksctl and CloudFormation read them (YAML 1.1), each value with its place; an empty document is null. The
 * error has a place and no word of the text, which may hold secrets. Never throws.
 */
export function readYaml(text: string): Result<readonly Located[], string> {
  if (text.length > longestYaml) return err(`longer than ${longestYaml} characters`);
  if (readDifferently.test(text)) return err('a line end that YAML readers see differently');

  const crowd = crowdIn(text);
  if (crowd !== undefined) return err(crowd);

  const lines = new LineCounter();
  const lineOf = (offset: number): number => lines.linePos(offset).line;
  try {
    return ok(compose(text, lines).map(({ contents }) => new Converter(text, lineOf).convert(contents)));
  } catch (error) {
    if (error instanceof Fault) return err(error.message);
    throw error;
  }
}

/** Before anything is built: what is too much, or too deep, of a text. */
function crowdIn(text: string): string | undefined {
  let lexemes = 0;
  let depth = 0;
  for (const lexeme of new Lexer().lex(text)) {
    lexemes += 1;
    if (lexeme === '[' || lexeme === '{') depth += 1;
    if (lexeme === ']' || lexeme === '}') depth -= 1;
    if (depth > deepest) return `nested deeper than ${deepest} levels`;
    if (lexemes > mostLexemes) return 'too many values';
  }
  return undefined;
}

/** Token by token, so that the first fault ends it: some of this parser's recoveries take quadratic time. */
function compose(text: string, lines: LineCounter): readonly Document.Parsed[] {
  const composer = new Composer({
    version: '1.1',
    schema: 'failsafe',
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const documents: Document.Parsed[] = [];
  const fail = (offset: number, because: string): never => {
    throw new Fault(`line ${lines.linePos(offset).line}: ${because}`);
  };
  const keep = (document: Document.Parsed): void => {
    if (documents.length === mostDocuments) fail(text.length, `more than ${mostDocuments} documents`);
    documents.push(document);
  };

  for (const token of new Parser(lines.addNewLine).parse(text)) {
    if (token.type === 'error') return fail(token.offset, 'not valid YAML');
    for (const document of composer.next(token)) keep(document);
  }
  for (const document of composer.end()) keep(document);

  for (const { errors, warnings } of documents) {
    const fault = [...errors, ...warnings].find(({ code }) => code !== 'TAG_RESOLVE_FAILED');
    if (fault === undefined) continue;
    // The parser goes down one call a level, and says so where they are too many.
    const isTooDeep = fault.code === 'RESOURCE_EXHAUSTION';
    return fail(fault.pos[0], isTooDeep ? `nested deeper than ${deepest} levels` : `not valid YAML (${fault.code})`);
  }
  return documents;
}

type Plain = Exclude<ParsedNode, { readonly source: string; resolve: unknown }>;

class Converter {
  readonly #text: string;
  readonly #lineOf: (offset: number) => number;
  readonly #anchors = new Map<string, { readonly node: Located; readonly values: number }>();
  #depth = 0;
  #values = 0;

  constructor(text: string, lineOf: (offset: number) => number) {
    this.#text = text;
    this.#lineOf = lineOf;
  }

  convert(node: ParsedNode | null, emptyAt = 0): Located {
    if (node === null) return { kind: 'scalar', value: null, source: '', start: emptyAt, end: emptyAt };
    if (this.#depth > deepest) this.#fail(node.range[0], `nested deeper than ${deepest} levels`);

    if (isAlias(node)) {
      const anchored = this.#anchors.get(node.source);
      if (anchored === undefined) return this.#fail(node.range[0], 'an alias of nothing that is written before it');
      this.#count(anchored.values, node.range[0]);
      return behind(anchored.node, 'alias');
    }

    const before = this.#values;
    this.#count(1, node.range[0]);
    this.#depth += 1;
    const plain = this.#plain(node);
    this.#depth -= 1;
    if (node.anchor === undefined) return plain;

    // What somebody may refer to is not edited for one place's sake.
    const located = behind(plain, 'anchor');
    this.#anchors.set(node.anchor, { node: plain, values: this.#values - before });
    return located;
  }

  #plain(node: Plain): Located {
    const [start, end] = node.range;
    const tag = node.tag?.startsWith('!') && node.tag.length > 1 ? { tag: node.tag.slice(1) } : {};
    if (isScalar(node)) return { ...this.#scalar(node), ...tag };
    if (isSeq(node))
      return { kind: 'list', items: node.items.map((item) => this.convert(item, end)), start, end, ...tag };

    const entries = new Map<string, LocatedEntry>();
    if (!isMap(node)) return { kind: 'map', entries, start, end, ...tag };
    for (const { key, value } of node.items) {
      const from = key?.range[0] ?? start;
      const name = this.#key(key, from);
      const member = this.convert(value, key?.range[1] ?? end);
      if (name === '<<' && isScalar(key) && key.type === 'PLAIN') this.#merge(entries, member, from);
      else entries.set(name, { key: { start: from, end: key?.range[1] ?? from }, value: member });
    }
    return { kind: 'map', entries, start, end, ...tag };
  }

  #scalar(node: Plain & { readonly value: unknown }): LocatedScalar {
    const [start, end] = node.range;
    const source = this.#text.slice(start, end);
    const type = 'type' in node ? node.type : undefined;
    const words = node.value === null ? '' : String(node.value);
    const place = { start, end };
    const isPlain = type === 'PLAIN' || node.value === null;
    const standardTag = node.tag?.startsWith('!') ? undefined : node.tag;

    const value = scalarValue({ text: words, plain: isPlain, tag: standardTag });
    if (!value.ok) return this.#fail(start, 'a value that its tag does not fit');
    if (typeof value.value !== 'string')
      return { kind: 'scalar', value: value.value as null | boolean | number, source, ...place };
    return {
      kind: 'scalar',
      value: words,
      source: isPlain ? source : '',
      text: textOf(type, words, source, place),
      ...place,
    };
  }

  #key(node: ParsedNode | null, from: number): string {
    const key = this.convert(node, from);
    if (key.kind !== 'scalar') return this.#fail(from, 'a key that is no word');
    return key.text?.text ?? String(key.value);
  }

  /** What is merged counts from where the key is written; of a list its first map wins. */
  #merge(entries: Map<string, LocatedEntry>, merged: Located, from: number): void {
    const merges = merged.kind === 'list' ? merged.items.toReversed() : [merged];
    const maps = merges.filter((each) => each.kind === 'map');
    if (maps.length < merges.length) this.#fail(from, 'a merge key of something that is no map');
    for (const map of maps)
      for (const [key, entry] of map.entries) entries.set(key, { ...entry, value: behind(entry.value, 'merge-key') });
  }

  #count(more: number, offset: number): void {
    this.#values += more;
    if (this.#values > mostValues) this.#fail(offset, 'too many values, or aliases that repeat too much');
  }

  #fail(offset: number, because: string): never {
    throw new Fault(`line ${this.#lineOf(offset)}: ${because}`);
  }
}

/** The value and all below it, marked. */
function behind(node: Located, detour: Detour): Located {
  switch (node.kind) {
    case 'scalar':
      return { ...node, behind: detour };
    case 'list':
      return { ...node, behind: detour, items: node.items.map((item) => behind(item, detour)) };
    case 'map': {
      const entries = [...node.entries].map(
        ([key, entry]) => [key, { ...entry, value: behind(entry.value, detour) }] as const,
      );
      return { ...node, behind: detour, entries: new Map(entries) };
    }
  }
}

function textOf(
  type: string | undefined,
  value: string,
  source: string,
  place: { readonly start: number; readonly end: number },
): MappedText {
  if (type === 'PLAIN' && source === value) return mappedText([{ text: value, ...place }], 'as-is');
  if (type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE') return quotedText(value, source, place);
  return type === 'BLOCK_LITERAL' ? literalText(value, source, place) : wholeText(value, place);
}

/** A literal block (`|`): each of its lines behind its indentation. */
function literalText(
  value: string,
  source: string,
  place: { readonly start: number; readonly end: number },
): MappedText {
  const body = source.indexOf('\n') + 1;
  const indent = /^ +(?=[^ \r\n])/m.exec(source.slice(body))?.[0].length ?? 0;
  const wanted = value.split('\n');
  const runs: Run[] = [];
  let at = body;

  for (const [index, line] of wanted.entries()) {
    const isLast = index === wanted.length - 1;
    if (isLast && line === '') break;
    const start = place.start + at + Math.min(indent, source.slice(at).search(/[^ ]|$/));
    const next = source.indexOf('\n', at);
    const behindLine = next === -1 ? source.length : next;
    const text = source.slice(start - place.start, start - place.start + line.length);
    if (text !== line) return wholeText(value, place);

    runs.push({ text: line, start, end: start + line.length });
    if (!isLast) {
      // The end of a line is two characters with CRLF, and none at the end of a file that has no last line end.
      const end = place.start + behindLine + (next === -1 ? 0 : 1);
      runs.push({ text: '\n', start: start + line.length, end });
    }
    at = behindLine + 1;
  }

  const mapped = mappedText(runs, 'as-is');
  return mapped.text === value ? mapped : wholeText(value, place);
}
