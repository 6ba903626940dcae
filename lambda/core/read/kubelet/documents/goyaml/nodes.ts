import { deepest } from '../tree.ts';
import { type ScannedScalar, YamlText } from './yaml-text.ts';

interface Placed {
  /** An anchor or a tag in front of it left out. */
  readonly start: number;
  readonly end: number;
}
interface Content extends Placed {
  /** Empty where none is written. */
  readonly tag: string;
  readonly anchored: boolean;
}
/** One node of a document. */
export type YamlNode =
  | (Content & ScannedScalar & { readonly kind: 'scalar' })
  | (Content & { readonly kind: 'sequence'; readonly items: readonly YamlNode[] })
  | (Content & { readonly kind: 'mapping'; readonly pairs: readonly YamlPair[] })
  /** Its target is known once the document is read. */
  | (Placed & { readonly kind: 'alias'; readonly target: () => YamlNode | undefined });
export interface YamlPair {
  readonly key: YamlNode;
  readonly value: YamlNode;
}

/** An anchor and a tag in front of a node. */
interface Properties {
  readonly anchor: { node?: YamlNode } | undefined;
  readonly tag: string;
}

/** Most characters between the begin of a key and its `:`. */
const longestKey = 1024;

/** Work is bounded as size is. Real files have some hundred nodes. */
const mostNodes = 25_000;

const anchorName = /[\w-]+(?=[ \t\r\n\x85\u2028\u2029?:,\]}%@`]|$)/y;
const tagText = /[^ \t\r\n\x85\u2028\u2029]*/y;
const directive =
  /%(?:YAML[ \t]+1\.1|TAG[ \t]+!([\w-]+!)[ \t]+([\w\-;/?:@&=+$,.!~*'()[\]]+))[ \t]*(?=[\r\n\x85\u2028\u2029])/y;
const endOfValue = /[,\]}]/y;
const plainKey = /[A-Za-z]\w*:[ \n]/y;
const plainBegin = /[^ \t\r\n\x85\u2028\u2029,[\]{}#&*!|>'"%@`?:-]|[-?:](?![ \t\r\n\x85\u2028\u2029]|$)/y;
const plainBeginInFlow = /[^ \t\r\n\x85\u2028\u2029,[\]{}#&*!|>'"%@`?:-]|-(?![ \t\r\n\x85\u2028\u2029]|$)/y;

const fromContent = { tag: '', anchored: false };

const emptyNode = (at: number): YamlNode => scalarNode({ value: '', start: at, end: at, style: 'plain' });

/**
 * The first document of a text as goyaml reads it; of none a null. Forms that nobody writes are not read (docs/decisions/next-node.md).
 * @param mostOfWhole most nodes of a text that must hold no other document
 * Source: go.yaml.in/yaml/v2 `scannerc.go`, `parserc.go`, `decode.go`.
 */
export const firstDocument = (text: string, mostOfWhole?: number): YamlNode =>
  new NodeReader(text, mostOfWhole).document();

class NodeReader extends YamlText {
  readonly #mostOfWhole: number | undefined;
  /** Of tags, by the handle behind its first `!`. */
  readonly #prefixes = new Map([['!', 'tag:yaml.org,2002:']]);
  readonly #anchors = new Map<string, { node?: YamlNode }>();
  #depth = 0;
  #count = 0;

  constructor(text: string, mostOfWhole: number | undefined) {
    super(text);
    this.#mostOfWhole = mostOfWhole;
  }

  document(): YamlNode {
    this.skip();
    if (this.isAtEnd) return emptyNode(0);
    const begin = this.at;
    for (let line = this.match(directive); line && this.column === 0; line = this.match(directive)) {
      const [all, handle = '', prefix = ''] = line;
      if (this.#prefixes.has(handle)) this.refuse('a directive that is there twice');
      this.#prefixes.set(handle, prefix);
      this.at += all.length;
      this.skip();
    }
    if (this.at > begin && !this.isDocumentMark()) this.#refuseBeginning('a directive without a document');
    const isExplicit = this.text.startsWith('---', this.at) && this.isDocumentMark();
    if (isExplicit) {
      this.at += 3;
      this.mayOpen = false;
      this.skip();
    } else if (this.isDocumentMark()) this.refuse('a value is expected');

    const root = this.#isOut(-1) ? emptyNode(this.at) : this.#block(-1);
    this.skip();
    // The token behind it has to be sound: a plain key is.
    const isSound = this.#mostOfWhole === undefined && this.mayOpen && this.isAt(plainKey);
    if (!this.isAtEnd && !this.isDocumentMark() && !isSound)
      this.refuse('text behind the end of the document', 'not-read');
    return root;
  }

  /** Whether the block of this indentation ends in front of the head. */
  #isOut(indent: number, isIndentless = false): boolean {
    if (this.isAtEnd || this.isDocumentMark()) return true;
    return this.column <= indent && !(isIndentless && this.column === indent && this.isMark('-'));
  }

  /** @param isIndentless whether the `-` of a list may stand as far left as the key above */
  #block(indent: number, isIndentless = false): YamlNode {
    return this.#nested(() => {
      const { at: begin, mayOpen } = this;
      const properties = this.#properties();
      if (properties && (this.lineStart > begin || this.isAtEnd)) {
        // goyaml takes what begins like this for the next document.
        if (this.isAt(/[,\]}&!*]/y)) this.refuse('a second anchor or tag', 'not-read');
        const isEmpty = this.#isOut(indent, isIndentless);
        return withProperties(isEmpty ? emptyNode(this.at) : this.#block(indent, isIndentless), properties);
      }
      if (this.isMark('-') || this.isMark('?')) {
        if (!this.mayOpen) this.refuse('a list or a map where none may begin');
        return this.isMark('-') ? this.#sequence(this.column === indent) : this.#mapping(this.at);
      }
      if (this.isAt(/[|>]/y)) return withProperties(scalarNode(this.block(indent)), properties);

      const node = this.#simple(indent + 1, properties);
      if (!this.#isKey(begin)) return node;
      if (!mayOpen) this.refuse("a ':' where no value may begin");
      return this.#mapping(begin, node);
    });
  }

  /** Bounds the number of nodes, and how deep they are. */
  #nested(read: () => YamlNode): YamlNode {
    this.#depth += 1;
    this.#count += 1;
    if (this.#depth > deepest + 1) this.refuse(`nested deeper than ${deepest} levels`, 'not-read');
    const most = this.#mostOfWhole ?? mostNodes;
    if (this.#count > most) this.refuse(`more than ${most} values`, 'not-read');
    const node = read();
    this.#depth -= 1;
    return node;
  }

  /** An anchor and a tag, in either order; in a block those of one line. */
  #properties(): Properties | undefined {
    const begin = this.at;
    let anchor: Properties['anchor'];
    let tag = '';
    while (this.flows > 0 || this.lineStart <= begin) {
      if (this.text[this.at] === '&' && !anchor) {
        anchor = {};
        this.#anchors.set(this.#name(), anchor);
      } else if (this.text[this.at] === '!' && tag === '') tag = this.#tag();
      else break;
      this.mayOpen = false;
      this.skip();
    }
    return anchor || tag !== '' ? { anchor, tag } : undefined;
  }

  /** The name of an anchor or an alias, behind its mark. */
  #name(): string {
    this.at += 1;
    return this.take(anchorName) ?? this.refuse('an anchor or alias with an odd name');
  }

  #tag(): string {
    const text = this.match(tagText)?.[0] ?? '';
    if (text.includes('%')) this.refuse('a tag with an escape', 'not-read');
    const [all, verbatim, handle, suffix = ''] =
      /^!(?:<([\w\-;/?:@&=+$,.!~*'()[\]]+)>|([\w-]*!)?([\w\-;/?:@&=+$,.!~*'()[\]]*))$/.exec(text) ?? [];
    if (all === undefined || (suffix === '' && handle !== undefined)) this.refuse('a tag that is none');
    const prefix = handle === undefined ? '!' : this.#prefixes.get(handle);
    if (prefix === undefined) return this.refuse('a tag whose handle is not defined');
    this.at += text.length;
    return verbatim ?? prefix + suffix;
  }

  /** What may be a key: an alias, a scalar in one piece, a flow collection. */
  #simple(indent: number, properties: Properties | undefined): YamlNode {
    const start = this.at;
    const first = this.text[start] ?? '';
    let node: YamlNode;
    if (first === '*') {
      if (properties) this.refuse('an anchor or tag of an alias', 'not-read');
      const anchor = this.#anchors.get(this.#name()) ?? this.refuse('an alias of nothing', 'refused', start);
      this.mayOpen = false;
      node = { kind: 'alias', start, end: this.at, target: () => anchor.node };
    } else if (first === '"' || first === "'") node = scalarNode(this.quoted());
    else if (first === '[' || first === '{') node = this.#flow(indent);
    else if (!this.isDocumentMark() && this.isAt(this.flows > 0 ? plainBeginInFlow : plainBegin))
      node = scalarNode(this.plain(indent));
    else this.#refuseBeginning('a value is expected', properties);
    this.skip();
    return withProperties(node, properties);
  }

  /** Behind an anchor, or with these marks, goyaml may end the document or take the next text for a value. */
  #refuseBeginning(message: string, properties?: Properties): never {
    const isOdd = properties || (this.flows === 0 && this.isAt(/[|>%]/y));
    return this.refuse(message, isOdd ? 'not-read' : 'refused');
  }

  /** Whether a `:` on the same line makes a key of what began there. */
  #isKey(begin: number): boolean {
    const isColon = this.flows > 0 ? this.text[this.at] === ':' : this.isMark(':');
    if (!isColon) return false;
    if (this.lineStart > begin) {
      if (this.mayOpen || this.flows > 0) return false;
      this.refuse("a ':' where no value may begin");
    }
    if (this.at - begin > longestKey) this.refuse('a key that is too long', 'not-read');
    return true;
  }

  /** The node behind the mark at the head, which is passed. */
  #entry(indent: number, mayOpen: boolean, isIndentless = false): YamlNode {
    const end = this.at + 1;
    this.skipMark(mayOpen);
    return this.#isOut(indent, isIndentless) ? emptyNode(end) : this.#block(indent, isIndentless);
  }

  /** @param first a key with the head at its `:`, unless a `?` begins the map */
  #mapping(start: number, first?: YamlNode): YamlNode {
    const indent = start - this.lineStart;
    const pairs: YamlPair[] = [];
    for (let given = first; ; given = undefined) {
      const isExplicit = !given && this.isMark('?');
      const key = given ?? (isExplicit ? this.#entry(indent, true, true) : this.#nextKey(indent));
      if (isExplicit) this.skip();
      const hasValue = !isExplicit || (this.column === indent && this.mayOpen && this.isMark(':'));
      const value = hasValue ? this.#entry(indent, isExplicit, true) : emptyNode(this.at);
      pairs.push({ key, value });
      this.skip();
      if (this.#isOut(indent - 1)) return { kind: 'mapping', start, end: value.end, pairs, ...fromContent };
      if (this.column > indent || !this.mayOpen) this.refuse('a key is expected');
    }
  }

  #nextKey(indent: number): YamlNode {
    return this.#nested(() => {
      const begin = this.at;
      const key = this.#simple(indent + 1, this.#properties());
      if (!this.#isKey(begin)) this.refuse("a line without the ':' of its key", 'refused', begin);
      return key;
    });
  }

  #sequence(isIndentless: boolean): YamlNode {
    const start = this.at;
    const indent = this.column;
    const items: YamlNode[] = [];
    for (;;) {
      const item = this.#entry(indent, true);
      items.push(item);
      this.skip();
      const isNext = this.column === indent && this.isMark('-');
      if (this.#isOut(indent - 1) || (isIndentless && this.column === indent && !isNext))
        return { kind: 'sequence', start, end: item.end, items, ...fromContent };
      if (!isNext || !this.mayOpen) this.#refuseBeginning("a '-' is expected");
    }
  }

  #flow(indent: number): YamlNode {
    const start = this.at;
    const isMap = this.text[start] === '{';
    const close = isMap ? '}' : ']';
    const pairs: YamlPair[] = [];
    const items: YamlNode[] = [];
    this.flows += 1;
    do {
      this.skipMark();
      if (this.text[this.at] === close) break;
      const begin = this.at;
      const isExplicit = this.text[begin] === '?';
      if (isExplicit) this.skipMark();
      const key = this.#flowNode(indent);
      const isKey = isExplicit ? this.text[this.at] === ':' : this.#isKey(begin);
      if (isKey) this.skipMark();
      const value = isKey && !this.isAt(endOfValue) ? this.#flowNode(indent) : emptyNode(this.at);
      if (isMap) pairs.push({ key, value });
      else if (isKey || isExplicit)
        items.push({ kind: 'mapping', start: begin, end: value.end, pairs: [{ key, value }], ...fromContent });
      else items.push(key);
    } while (this.text[this.at] === ',');
    if (this.text[this.at] !== close) this.refuse("',' or the end of a flow collection is expected");
    this.at += 1;
    this.flows -= 1;
    this.mayOpen = false;
    const placed = { start, end: this.at, ...fromContent };
    return isMap ? { kind: 'mapping', pairs, ...placed } : { kind: 'sequence', items, ...placed };
  }

  #flowNode(indent: number): YamlNode {
    return this.#nested(() => {
      const properties = this.#properties();
      const isEmpty = properties && this.isAt(/[,\]}:]/y);
      return isEmpty ? withProperties(emptyNode(this.at), properties) : this.#simple(indent, properties);
    });
  }
}

function withProperties(node: YamlNode, properties: Properties | undefined): YamlNode {
  if (!properties || node.kind === 'alias') return node;
  const { anchor, tag } = properties;
  const whole = { ...node, tag, anchored: anchor !== undefined };
  if (anchor) anchor.node = whole;
  return whole;
}

const scalarNode = (scalar: ScannedScalar): YamlNode => ({ kind: 'scalar', ...fromContent, ...scalar });
