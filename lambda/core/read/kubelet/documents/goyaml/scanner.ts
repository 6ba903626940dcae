import { type Characters, codesOf, Head, YamlFault } from './characters.ts';
import { type ScannedScalar, scanBlock, scanPlain, scanQuoted } from './scalars.ts';
import { type Directive, type ScannedTag, scanDirective, scanTag } from './tags.ts';

type Collection = 'sequence' | 'mapping' | 'flow-sequence' | 'flow-mapping';
type Mark =
  | `${Collection | 'document'}-start`
  | `${'stream' | 'document' | 'block' | 'flow-sequence' | 'flow-mapping'}-end`
  | 'entry'
  | 'flow-entry'
  | 'key'
  | 'value';

type Scanned =
  | Directive
  | { readonly type: 'alias' | 'anchor'; readonly name: string }
  | { readonly type: 'tag'; readonly tag: ScannedTag }
  | { readonly type: 'scalar'; readonly scalar: ScannedScalar };
export type Token = { readonly start: number; readonly end: number } & ({ readonly type: Mark } | Scanned);

/** A place at which a key without `?` may have begun; it shows only at the `:` behind it. */
interface SimpleKey {
  readonly possible: boolean;
  readonly required: boolean;
  readonly token: number;
  readonly index: number;
  readonly line: number;
  readonly column: number;
}

const noKey: SimpleKey = { possible: false, required: false, token: -1, index: 0, line: 0, column: 0 };

/** Most characters between the begin of such a key and its `:`. */
const longestSimpleKey = 1024;

/** Work is bounded as size is. Real files have some hundred tokens. */
const mostTokens = 50_000;

const flowMarks: ReadonlyMap<number, Mark> = new Map([
  [0x5b, 'flow-sequence-start'],
  [0x7b, 'flow-mapping-start'],
  [0x5d, 'flow-sequence-end'],
  [0x7d, 'flow-mapping-end'],
]);

/** What a plain scalar may not begin with, `-`, `?` and `:` aside. */
const indicators = codesOf(',[]{}#&*!|>\'"%@`');

/**
 * The tokens of a YAML text as goyaml finds them, one after the other. It looks no further than the next token, except where a possible key needs
 * it. Source: go.yaml.in/yaml/v2 `scannerc.go`.
 */
export class Scanner {
  readonly #head: Head;
  readonly #tokens: Token[] = [];
  readonly #most: number;
  #first = 0;
  #taken = 0;
  readonly #simpleKeys: SimpleKey[] = [noKey];
  readonly #keyOfToken = new Map<number, number>();
  #simpleKeyAllowed = true;
  #indent = -1;
  readonly #indents: number[] = [];

  constructor(characters: Characters, most = mostTokens) {
    this.#head = new Head(characters);
    this.#most = most;
  }

  peek(): Token {
    while (this.#needsMore()) this.#fetch();
    const token = this.#tokens[this.#first];
    if (token === undefined) throw new YamlFault('refused', 'nothing behind the end', this.#head.index);
    return token;
  }

  next(): Token {
    const token = this.peek();
    this.#first += 1;
    this.#taken += 1;
    if (this.#taken > this.#most) throw new YamlFault('not-read', `more than ${this.#most} tokens`, token.start);
    return token;
  }

  /** The first token may still get a `key` in front of it. */
  #needsMore(): boolean {
    if (this.#first === this.#tokens.length) return true;
    const at = this.#keyOfToken.get(this.#taken);
    return at !== undefined && this.#isValid(at);
  }

  #isValid(at: number): boolean {
    const key = this.#simpleKeys[at] ?? noKey;
    if (!key.possible) return false;
    if (key.line >= this.#head.line && key.index + longestSimpleKey >= this.#head.index) return true;

    if (key.required) throw new YamlFault('refused', "a line without the ':' of its key", key.index);
    this.#simpleKeys[at] = { ...key, possible: false };
    return false;
  }

  #inFlow(): boolean {
    return this.#simpleKeys.length > 1;
  }

  #saveSimpleKey(): void {
    if (!this.#simpleKeyAllowed) return;
    const { index, line, column } = this.#head;
    const token = this.#taken + this.#tokens.length - this.#first;
    this.#removeSimpleKey();
    const required = !this.#inFlow() && this.#indent === column;
    this.#simpleKeys[this.#simpleKeys.length - 1] = { possible: true, required, token, index, line, column };
    this.#keyOfToken.set(token, this.#simpleKeys.length - 1);
  }

  #removeSimpleKey(): void {
    const key = this.#simpleKeys.at(-1) ?? noKey;
    if (!key.possible) return;
    if (key.required) throw new YamlFault('refused', "a line without the ':' of its key", key.index);
    this.#simpleKeys[this.#simpleKeys.length - 1] = { ...key, possible: false };
    this.#keyOfToken.delete(key.token);
  }

  /** A deeper column begins a collection, whose token may stand before some that are there already. */
  #roll(column: number, type: Mark, before?: { readonly token: number; readonly index: number }): void {
    if (this.#inFlow() || this.#indent >= column) return;
    this.#indents.push(this.#indent);
    this.#indent = column;
    const at = before?.index ?? this.#head.index;
    this.#insert({ type, start: at, end: at }, before?.token);
  }

  #unroll(column: number): void {
    if (this.#inFlow()) return;
    while (this.#indent > column) {
      this.#push('block-end', 0);
      this.#indent = this.#indents.pop() ?? -1;
    }
  }

  #insert(token: Token, number?: number): void {
    if (number === undefined) this.#tokens.push(token);
    else this.#tokens.splice(this.#first + number - this.#taken, 0, token);
  }

  /** One token of so many characters, which it passes. */
  #push(type: Mark, length: number): void {
    const start = this.#head.index;
    this.#head.skip(length);
    this.#tokens.push({ type, start, end: this.#head.index });
  }

  /** One token that somebody else scans. Blanks behind a scalar are no part of it. */
  #add(scan: (head: Head) => Scanned): void {
    const start = this.#head.index;
    const token = scan(this.#head);
    this.#tokens.push({ ...token, start, end: token.type === 'scalar' ? token.scalar.end : this.#head.index });
  }

  #fetch() {
    if (this.#first > 1000) {
      this.#tokens.splice(0, this.#first);
      this.#first = 0;
    }
    const head = this.#head;
    this.#toNextToken();
    this.#unroll(head.column);
    const code = head.peek();

    if (code === 0) return this.#streamEnd();
    if (head.column === 0 && code === 0x25) return this.#directive();
    if (head.isDocumentMark()) return this.#documentMark(code === 0x2d ? 'document-start' : 'document-end');

    const flow = flowMarks.get(code);
    if (flow !== undefined) return flow.endsWith('-start') ? this.#flowStart(flow) : this.#flowEnd(flow);
    if (code === 0x2c) return this.#flowEntry();
    if (code === 0x2d && head.isBlankOrEnd(1)) return this.#entry();
    if (code === 0x3f && (this.#inFlow() || head.isBlankOrEnd(1))) return this.#key();
    if (code === 0x3a && (this.#inFlow() || head.isBlankOrEnd(1))) return this.#value();
    if (code === 0x2a || code === 0x26) return this.#anchor(code === 0x2a ? 'alias' : 'anchor');
    if (code === 0x21) return this.#tag();
    if ((code === 0x7c || code === 0x3e) && !this.#inFlow()) return this.#blockScalar();
    if (code === 0x27 || code === 0x22) return this.#flowScalar(scanQuoted);
    if (this.#beginsPlain(code))
      return this.#flowScalar(() => scanPlain(head, { indent: this.#indent, inFlow: this.#inFlow() }));
    throw new YamlFault('refused', 'a character that begins nothing', head.index);
  }

  #beginsPlain(code: number): boolean {
    const head = this.#head;
    if (code === 0x2d) return !head.isBlank(1);
    if (code === 0x3f || code === 0x3a) return !this.#inFlow() && !head.isBlankOrEnd(1);
    return !head.isBlankOrEnd() && !indicators.has(code);
  }

  /** A tab counts as a blank, but where a key may begin. */
  #toNextToken(): void {
    const head = this.#head;
    for (;;) {
      while (head.peek() === 0x20 || (head.peek() === 0x09 && (this.#inFlow() || !this.#simpleKeyAllowed))) head.skip();
      if (head.peek() === 0x23) while (!head.isBreakOrEnd()) head.skip();
      if (!head.isBreak()) return;
      head.readBreak();
      if (!this.#inFlow()) this.#simpleKeyAllowed = true;
    }
  }

  #streamEnd(): void {
    if (this.#head.column !== 0) {
      this.#head.column = 0;
      this.#head.line += 1;
    }
    this.#endOfDocument();
    this.#push('stream-end', 0);
  }

  #endOfDocument(): void {
    this.#unroll(-1);
    this.#removeSimpleKey();
    this.#simpleKeyAllowed = false;
  }

  #directive(): void {
    this.#endOfDocument();
    this.#add(scanDirective);
  }

  #documentMark(type: Mark): void {
    this.#endOfDocument();
    this.#push(type, 3);
  }

  #flowStart(type: Mark): void {
    this.#saveSimpleKey();
    this.#simpleKeys.push(noKey);
    this.#simpleKeyAllowed = true;
    this.#push(type, 1);
  }

  #flowEnd(type: Mark): void {
    this.#removeSimpleKey();
    if (this.#inFlow()) {
      const key = this.#simpleKeys.pop() ?? noKey;
      this.#keyOfToken.delete(key.token);
    }
    this.#simpleKeyAllowed = false;
    this.#push(type, 1);
  }

  #flowEntry(): void {
    this.#removeSimpleKey();
    this.#simpleKeyAllowed = true;
    this.#push('flow-entry', 1);
  }

  /** What begins here needs a collection around it; only where a key may begin, a new one can. */
  #openBlock(type: Mark, otherwise: string): void {
    if (this.#inFlow()) return;
    if (!this.#simpleKeyAllowed) throw new YamlFault('refused', otherwise, this.#head.index);
    this.#roll(this.#head.column, type);
  }

  #entry(): void {
    this.#openBlock('sequence-start', "a '-' where no list may begin");
    this.#removeSimpleKey();
    this.#simpleKeyAllowed = true;
    this.#push('entry', 1);
  }

  #key(): void {
    this.#openBlock('mapping-start', "a '?' where no key may begin");
    this.#removeSimpleKey();
    this.#simpleKeyAllowed = !this.#inFlow();
    this.#push('key', 1);
  }

  #value(): void {
    const last = this.#simpleKeys.length - 1;
    if (this.#isValid(last)) {
      const key = this.#simpleKeys[last] ?? noKey;
      this.#insert({ type: 'key', start: key.index, end: key.index }, key.token);
      this.#roll(key.column, 'mapping-start', key);
      this.#simpleKeys[last] = { ...key, possible: false };
      this.#keyOfToken.delete(key.token);
      this.#simpleKeyAllowed = false;
    } else {
      this.#openBlock('mapping-start', "a ':' where no value may begin");
      this.#simpleKeyAllowed = !this.#inFlow();
    }
    this.#push('value', 1);
  }

  #anchor(type: 'alias' | 'anchor'): void {
    this.#saveSimpleKey();
    this.#simpleKeyAllowed = false;
    this.#add((head) => {
      head.skip();
      const name = head.take(() => head.isWord());
      const ends = head.isBlankOrEnd() || '?:,]}%@`'.includes(String.fromCodePoint(head.peek()));
      if (name === '' || !ends) throw new YamlFault('refused', 'an anchor or alias with an odd name', head.index);
      return { type, name };
    });
  }

  #tag(): void {
    this.#saveSimpleKey();
    this.#simpleKeyAllowed = false;
    this.#add((head) => ({ type: 'tag', tag: scanTag(head) }));
  }

  #blockScalar(): void {
    this.#removeSimpleKey();
    this.#simpleKeyAllowed = true;
    this.#add((head) => ({ type: 'scalar', scalar: scanBlock(head, this.#indent) }));
  }

  #flowScalar(scan: (head: Head) => ScannedScalar): void {
    this.#saveSimpleKey();
    this.#add((head) => {
      const scalar = scan(head);
      this.#simpleKeyAllowed = scalar.overLines;
      return { type: 'scalar', scalar };
    });
  }
}
