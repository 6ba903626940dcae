import {
  Composer,
  CST,
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
import { type DocumentFault, deepest, isTreeMap, type ParsedDocument, type RepeatedKey, type Tree } from './tree.ts';
import { scalarValue } from './yaml-scalar.ts';

/** Aliases repeat what they name; more values than this come from an alias bomb. */
const mostValues = 100_000;

/** goyaml's limit for a key on one line with its value. */
const longestKey = 1024;

/** Characters that goyaml refuses wherever they stand (`readerc.go`). */
const refusedCharacters = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]|\p{Cs}/u;

/**
 * What goyaml may read differently. A replacement character may come from bytes that are no UTF-8. goyaml refuses most tabs before the first word of
 * a line and between `-` and its value. A byte order mark before that word is a letter for goyaml.
 */
const readDifferently = /\ufffd|^ *(?:[-?:] *)?\t|^ *\ufeff/mu;

/** What else ends a line for goyaml (YAML 1.1). In a value, a lone CR and U+0085 are a plain line break, and the other two stay what they are. */
const otherLineEnds = /\r(?!\n)|[\u0085\u2028\u2029]/g;
const keptLineEnds = /[\u2028\u2029]/;

/** A document that is one flow collection, as JSON behind a comment is: goyaml allows tabs between its tokens. */
const isOneCollection = /^(?:[ ]*(?:#[^\n]*)?\r?\n|%YAML 1\.1[ ]*\r?\n|---[ ]*\r?\n)*(?:---)?[ ]*[{[]/;

/** goyaml's names of anchors and of tag handles; the parser here takes more. */
const anchorName = /^[\w-]+$/;
const oddTagHandle = /^%TAG[ \t]+(?!![\w-]*!?[ \t])/m;

/** The escapes of goyaml in double quotes; `\/` and surrogates are none. */
const knownEscapes =
  /^(?:[^\\]|\\(?:[0abt\tnvfre "\\N_LP\n]|\r\n|x[\da-fA-F]{2}|u(?![dD][89a-fA-F])[\da-fA-F]{4}|U[\da-fA-F]{8}))*$/;

/**
 * The first YAML document of a text as the kubelet's YAML 1.1 reader sees it, bounded in size, depth and expansion of aliases. Like the kubelet, it
 * ignores later documents. What the two parsers may read differently is refused. Never throws.
 * Source: sigs.k8s.io/yaml (goyaml.v2); measured on its answers for 8,192 machines (test/conformance).
 */
export function parseYaml(text: string, limit: number): Result<ParsedDocument, DocumentFault> {
  if (text.length > limit) return notRead(`longer than ${limit} characters`);
  if (refusedCharacters.test(text)) return refused('a control character');

  // goyaml skips a second byte order mark as if it were a blank; any other is a letter.
  const written = indented(text.replace(/^\ufeff/, '').replace(/^\ufeff/, ' '));
  return parseLines(upToSmallerIndent(written.replaceAll(otherLineEnds, '\n')), written);
}

/** @param written the same text with all its line ends */
function parseLines(text: string, written: string): Result<ParsedDocument, DocumentFault> {
  if (readDifferently.test(withoutFreeTabs(text)))
    return notRead('a line end or a tab that YAML readers see differently');
  if (oddTagHandle.test(text)) return notRead('a %TAG directive whose handle this program does not know');

  const composed = compose(text);
  if (!composed.ok) return composed;
  const { contents, placeOf } = composed.value;

  try {
    const converter = new Converter({ text, written, placeOf });
    return ok({ tree: converter.convert(contents), repeatedKeys: converter.repeatedKeys });
  } catch (error) {
    if (error instanceof Fault) return err({ kind: error.kind, because: `${placeOf(error.at)}: ${error.message}` });
    throw error;
  }
}

/** A file of people has a few such lines; each costs one more look at the whole text. */
const mostIndented = 20;

/**
 * Lines inside of a flow collection that are indented less than the block around it, moved to the right: goyaml does not look at their indent. Where
 * a document begins or ends at such a line, both readers refuse it.
 */
function indented(text: string): string {
  let result = text;
  if (!/[[{]/.test(text)) return text;
  for (let count = 0; count < mostIndented; count += 1) {
    const at = shortLineOfFlow(result);
    if (at === undefined || /^(?:---|\.\.\.)(?:\s|$)/.test(result.slice(at, at + 4))) return result;
    result = `${result.slice(0, at)}${' '.repeat(deepest)}${result.slice(at)}`;
  }
  return result;
}

/** Where the line begins at which the lexer breaks off a flow collection. */
function shortLineOfFlow(text: string): number | undefined {
  let at = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if (lexeme === CST.FLOW_END) return text.lastIndexOf('\n', at - 1) + 1;
    if (lexeme !== CST.DOCUMENT && lexeme !== CST.SCALAR) at += lexeme.length;
  }
  return undefined;
}

/** Without the tabs that begin a line inside of the one collection. Behind its end goyaml refuses a tab again. */
function withoutFreeTabs(text: string): string {
  if (!isOneCollection.test(text)) return text;

  const end = Math.max(text.lastIndexOf('}'), text.lastIndexOf(']'));
  return text.slice(0, end).replace(/^[ \t]+/gm, '') + text.slice(end);
}

/**
 * The text up to the first line that is indented less than its first key: there goyaml ends the first document, and what follows is the next one. Inside
 * of a value that goes on at a smaller indent, what is left is no valid YAML.
 */
function upToSmallerIndent(text: string): string {
  const [, before = '', indent = ''] = /^((?:[ ]*(?:#[^\n]*)?\r?\n)*)([ ]+)[^\s#{[&*!|>%@`-]/.exec(text) ?? [];
  if (indent === '') return text;

  const end = new RegExp(`^[ ]{0,${indent.length - 1}}[^\\s#]`, 'm').exec(text.slice(before.length));
  return end === null ? text : text.slice(0, before.length + end.index);
}

const refused = (because: string) => err<DocumentFault>({ kind: 'refused', because });
const notRead = (because: string) => err<DocumentFault>({ kind: 'not-read', because });

interface Composed {
  readonly contents: ParsedNode | null;
  /** `line 3, column 5` of an offset into the text. */
  readonly placeOf: (offset: number) => string;
}

/** Token by token, so that the first fault ends it: some of this parser's recoveries take quadratic time. All scalars stay texts. */
function compose(text: string): Result<Composed, DocumentFault> {
  const lines = new LineCounter();
  const placeOf = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `line ${line}, column ${col}`;
  };

  const composer = new Composer({
    version: '1.1',
    schema: 'failsafe',
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const documents: Document.Parsed[] = [];
  let isWhole = false;
  for (const token of new Parser(lines.addNewLine).parse(text)) {
    // A bracket right after a block ends the document here, and the error follows. goyaml refuses the block around it.
    if (token.type === 'error') return notRead(`${placeOf(token.offset)}: not valid YAML`);
    if (isWhole) break;
    documents.push(...composer.next(token));
    isWhole = token.type === 'document';
  }
  documents.push(...composer.end());

  const [document] = documents;
  if (document === undefined) return refused('the document is empty');
  if (document.directives.yaml.explicit === true && document.directives.yaml.version !== '1.1')
    return refused('a %YAML directive of another version than 1.1');

  const fault = [...document.errors, ...document.warnings].find(
    ({ code, message }) => code !== 'TAG_RESOLVE_FAILED' && !(code === 'MISSING_CHAR' && isCloseComment.test(message)),
  );
  if (fault !== undefined) return notRead(`${placeOf(fault.pos[0])}: not valid YAML (${fault.code})`);
  return ok({ contents: document.contents, placeOf });
}

/** goyaml takes a comment that follows a value or a block header without a blank. */
const isCloseComment = /^Comments must be separated/;

class Fault extends Error {
  readonly kind: DocumentFault['kind'];
  readonly at: number;

  constructor(kind: DocumentFault['kind'], message: string, at: number) {
    super(message);
    this.kind = kind;
    this.at = at;
  }
}

interface Anchored {
  readonly tree: Tree;
  /** How many values it holds. */
  readonly values: number;
}

type Plain = Exclude<ParsedNode, { readonly source: string; resolve: unknown }>;

interface ConverterOptions {
  readonly text: string;
  /** The same text with all its line ends, character by character. */
  readonly written: string;
  readonly placeOf: (offset: number) => string;
}

/** One document's nodes → values, as goyaml decodes them into maps. */
class Converter {
  readonly repeatedKeys: RepeatedKey[] = [];
  readonly #text: string;
  readonly #written: string;
  readonly #placeOf: (offset: number) => string;
  readonly #anchors = new Map<string, Anchored>();
  readonly #path: string[] = [];
  #values = 0;

  constructor({ text, written, placeOf }: ConverterOptions) {
    this.#text = text;
    this.#written = written;
    this.#placeOf = placeOf;
  }

  convert(node: ParsedNode | null, inFlow = false): Tree {
    if (node === null) return null;
    if (this.#path.length > deepest) throw new Fault('not-read', `nested deeper than ${deepest} levels`, node.range[0]);

    const name = isAlias(node) ? node.source : node.anchor;
    if (name !== undefined && !anchorName.test(name))
      throw new Fault('not-read', 'an anchor whose name the kubelet reads otherwise', node.range[0]);
    if (isAlias(node)) {
      const anchored = this.#anchors.get(node.source);
      if (anchored === undefined)
        throw new Fault('refused', 'an alias of nothing that stands before it', node.range[0]);
      this.#count(anchored.values, node);
      return anchored.tree;
    }

    const before = this.#values;
    this.#count(1, node);
    const tree = this.#plain(node, inFlow);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, { tree, values: this.#values - before });
    return tree;
  }

  #count(more: number, node: ParsedNode): void {
    this.#values += more;
    if (this.#values > mostValues) throw new Fault('not-read', 'aliases that repeat too much', node.range[0]);
  }

  #plain(node: Plain, inFlow: boolean): Tree {
    if (isScalar(node)) return this.#scalar(node, inFlow);

    const flow = inFlow || node.flow === true;
    if (isSeq(node)) {
      this.#path.push('[]');
      const items = node.items.map((item) => this.convert(item, flow));
      this.#path.pop();
      return items;
    }

    const members = new Map<string, Tree>();
    if (!isMap(node)) return members;
    for (const { key, value } of node.items) {
      const at = key?.range[0] ?? node.range[0];
      if (isMergeKey(key)) this.#merge(members, this.convert(value, flow), at);
      else this.#set(members, this.#key(key, { at, flow }), { value, at, flow });
    }
    return members;
  }

  #scalar(node: Plain & { readonly value: unknown }, inFlow: boolean): Tree {
    const raw = this.#text.slice(node.range[0], node.range[1]);
    const plain = 'type' in node && node.type === 'PLAIN';
    if (keptLineEnds.test(this.#written.slice(node.range[0], node.range[1])))
      throw new Fault('not-read', 'a line end or a tab that YAML readers see differently', node.range[0]);
    if (raw.startsWith('"') && !knownEscapes.test(raw))
      throw new Fault('refused', 'an escape that the kubelet does not know', node.range[0]);
    if (inFlow && plain && raw.includes('?')) throw new Fault('refused', "a '?' in a flow collection", node.range[0]);

    const text = node.value === null ? '' : String(node.value);
    const value = scalarValue({ text, plain: plain || node.value === null, tag: node.tag });
    if (value.ok) return value.value;
    throw new Fault(value.error, 'a value of a type that JSON has not, or that its tag does not fit', node.range[0]);
  }

  #key(node: ParsedNode | null, { at, flow }: { readonly at: number; readonly flow: boolean }): string {
    // Such a float has a name as a key, and none in JSON as a value.
    const isFloatWord =
      node !== null && isScalar(node) && node.type === 'PLAIN' && /^[-+]?\.(?:inf|nan)$/i.test(String(node.value));
    const key = isFloatWord ? String(node.value) : this.convert(node, flow);
    if (node !== null && !this.#isExplicit(node)) {
      const written = this.#text.slice(node.range[0], node.range[1]);
      if (written.length > longestKey) throw new Fault('refused', 'a key that is too long', at);
      if (written.includes('\n')) throw new Fault('refused', 'a key on two lines', at);
      // There goyaml takes the colon for a part of the key.
      if (
        flow &&
        isScalar(node) &&
        node.type === 'PLAIN' &&
        /^:[,[\]{}]/.test(this.#text.slice(node.range[1], node.range[1] + 2))
      )
        throw new Fault('not-read', 'a key without a blank behind its colon', at);
    }
    if (key === null || typeof key === 'object') throw new Fault('refused', 'a key that is no word', at);
    return String(key);
  }

  /** `? KEY`, which may be long and take several lines. */
  #isExplicit(node: ParsedNode): boolean {
    return /[?][ \t\r\n]*$/.test(this.#text.slice(Math.max(0, node.range[0] - 100), node.range[0]));
  }

  #set(
    members: Map<string, Tree>,
    key: string,
    { value, at, flow }: { readonly value: ParsedNode | null; readonly at: number; readonly flow: boolean },
  ): void {
    this.#path.push(key);
    if (members.has(key)) this.#repeated(this.#path, at);
    members.set(key, this.convert(value, flow));
    this.#path.pop();
  }

  /** `<<`: what is merged has the place of the key, and the last of two wins. In a list, the first wins. */
  #merge(members: Map<string, Tree>, merged: Tree, at: number): void {
    const maps = Array.isArray(merged) ? merged.toReversed() : [merged];
    for (const map of maps) {
      if (!isTreeMap(map)) throw new Fault('refused', 'a merge key of something that is no map', at);
      for (const [key, value] of map) {
        if (members.has(key)) this.#repeated([...this.#path, key], at);
        members.set(key, value);
      }
    }
  }

  #repeated(path: readonly string[], at: number): void {
    if (this.repeatedKeys.length < 100) this.repeatedKeys.push({ path: [...path], place: this.#placeOf(at) });
  }
}

const isMergeKey = (key: ParsedNode | null): boolean =>
  key !== null &&
  isScalar(key) &&
  key.value === '<<' &&
  (key.type === 'PLAIN' || key.tag === 'tag:yaml.org,2002:merge');
