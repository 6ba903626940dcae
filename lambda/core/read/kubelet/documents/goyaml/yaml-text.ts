/** Where goyaml stops, or where this program does. The message never quotes the text. */
export class YamlFault extends Error {
  readonly kind: 'refused' | 'not-read';
  readonly at: number;

  constructor(kind: YamlFault['kind'], message: string, at: number) {
    super(message);
    this.kind = kind;
    this.at = at;
  }
}

export interface ScannedScalar {
  readonly value: string;
  readonly start: number;
  /** The index behind its last character. */
  readonly end: number;
  readonly style: 'plain' | 'single' | 'double' | 'literal' | 'folded';
}

const forbidden = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** goyaml looks at its first 512 bytes at once, so a wrong character there is always met. */
export const isInFirstPiece = (text: string, at: number): boolean =>
  at <= 508 && Buffer.byteLength(text.slice(0, at)) <= 508;

// A text ends as a line does.
const lineBreak = /\r\n|[\r\n\x85\u2028\u2029]/y;
const restOfLine = /[^\r\n\x85\u2028\u2029]*/y;
const blanks = /[ \t]*/y;
const markWithGap = /[-?:](?=[ \t\r\n\x85\u2028\u2029]|$)/y;
const documentMark = /(?:---|\.\.\.)(?=[ \t\r\n\x85\u2028\u2029]|$)/y;

const plainWord = /(?:[^ \t\r\n\x85\u2028\u2029:]|:(?![ \t\r\n\x85\u2028\u2029]|$))*/y;
const plainWordInFlow = /(?:[^ \t\r\n\x85\u2028\u2029:,?[\]{}]|:(?![ \t\r\n\x85\u2028\u2029]|$))*/y;
const singleWord = /(?:[^ \t\r\n\x85\u2028\u2029']|'')*/y;
const doubleWord =
  /(?:[^ \t\r\n\x85\u2028\u2029"\\]|\\(?:[0abt\tnvfre "'\\N_LP]|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}))*/y;
const blockHeader = /[|>]([1-9]?[+-]?|[+-][1-9])[ \t]*(?:#[^\r\n\x85\u2028\u2029]*)?(?=[\r\n\x85\u2028\u2029]|$)/y;

/** The letters of escapes, and below each the character that it means. */
const letters = '0abt\tnvfre "\'\\N_LP';
const meanings = '\0\u0007\b\t\t\n\v\f\r\u001b "\'\\\u0085\u00a0\u2028\u2029';

/**
 * A reading head over a text, which knows goyaml's lines, blanks and scalars. Each expression matches at the head and passes what it matches.
 * Source: go.yaml.in/yaml/v2 `scannerc.go`.
 */
export class YamlText {
  readonly text: string;
  at = 0;
  /** Where the line of the head begins. */
  lineStart = 0;
  /** Whether a key or an entry of a list may begin at the head. */
  mayOpen = true;
  /** How many flow collections the head is in. */
  flows = 0;

  constructor(text: string) {
    this.text = text;
    const wrong = text.search(forbidden);
    if (wrong !== -1) {
      const kind = isInFirstPiece(text, wrong) ? 'refused' : 'not-read';
      throw new YamlFault(kind, 'a control character', wrong);
    }
    if (text.startsWith('\ufeff')) this.at = this.lineStart = 1;
    // goyaml looks for another mark where its buffer begins, which is not followed.
    const mark = text.lastIndexOf('\ufeff');
    if (text.startsWith('\ufeff\ufeff') || (mark > 0 && Buffer.byteLength(text.slice(0, mark)) >= 500))
      throw new YamlFault('not-read', 'a byte order mark inside the text', mark);
  }

  get column(): number {
    return this.at - this.lineStart;
  }

  get isAtEnd(): boolean {
    return this.at === this.text.length;
  }

  refuse(message: string, kind: YamlFault['kind'] = 'refused', at = this.at): never {
    throw new YamlFault(kind, message, at);
  }

  /** What the expression matches at the head, which passes it. */
  take(expression: RegExp): string | undefined {
    const found = this.match(expression)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }

  isAt(expression: RegExp): boolean {
    return this.match(expression) !== null;
  }

  match(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.at;
    return expression.exec(this.text);
  }

  /** The line break that it passes, as a value holds it: LS and PS stay themselves. Empty where there is none. */
  takeBreak(): string {
    const found = this.take(lineBreak);
    if (found === undefined) return '';
    this.lineStart = this.at;
    return /[\u2028\u2029]/.test(found) ? found : '\n';
  }

  /** Blanks, comments and line breaks. A tab counts as a blank, but where a key may begin. */
  skip(): void {
    do {
      this.take(this.mayOpen && this.flows === 0 ? / */y : blanks);
      if (this.text[this.at] === '#') this.take(restOfLine);
      if (this.takeBreak() === '') return;
      if (this.flows === 0) this.mayOpen = true;
    } while (!this.isAtEnd);
  }

  /** Passes the mark at the head, and what `skip` passes behind it. */
  skipMark(mayOpen = this.mayOpen): void {
    this.at += 1;
    this.mayOpen = mayOpen;
    this.skip();
  }

  /** Whether `mark` is at the head, with a blank, a line break or the end behind it. */
  isMark(mark: '-' | '?' | ':'): boolean {
    return this.text[this.at] === mark && this.isAt(markWithGap);
  }

  /** Whether `---` or `...` begins a document or ends one here. */
  isDocumentMark(): boolean {
    return this.column === 0 && this.isAt(documentMark);
  }

  /** What blanks and line breaks inside a scalar become: one line feed a blank, several one fewer; blanks alone stay. */
  #gap({ isJoined = false, indent = 0 } = {}): string {
    const before = this.take(blanks) ?? '';
    const first = isJoined ? '' : this.takeBreak();
    if (first === '' && !isJoined) return before;
    let rest = '';
    for (let next = '-'; next !== ''; rest += next) {
      const tab = (this.match(blanks)?.[0] ?? '').indexOf('\t');
      if (tab !== -1 && tab < indent - this.column) this.refuse('a tab that violates the indentation');
      this.take(blanks);
      next = this.takeBreak();
    }
    return first === '\n' ? rest || ' ' : first + rest;
  }

  /** @param indent the least of its lines behind the first */
  plain(indent: number): ScannedScalar {
    const start = this.at;
    let end = start;
    let value = '';
    let gap = '';
    while (!this.isDocumentMark() && this.text[this.at] !== '#') {
      const word = this.take(this.flows > 0 ? plainWordInFlow : plainWord) ?? '';
      if (word !== '') {
        value += gap + word;
        end = this.at;
      }
      gap = this.#gap({ indent });
      if (gap === '' || (this.flows === 0 && this.lineStart > end && this.column < indent)) break;
    }
    // A scalar that ran over its last line lets a key follow.
    this.mayOpen = this.lineStart > end;
    return { value, start, end, style: 'plain' };
  }

  quoted(): ScannedScalar {
    const start = this.at;
    const quote = this.text[this.at];
    const isSingle = quote === "'";
    let value = '';
    this.at += 1;
    for (;;) {
      if (this.isDocumentMark()) this.refuse('the mark of a document inside quotes');
      const word = this.take(isSingle ? singleWord : doubleWord) ?? '';
      value += isSingle ? word.replaceAll("''", "'") : this.#unescaped(word);
      if (this.text[this.at] === quote) break;
      if (this.isAtEnd) this.refuse('quotes that do not end', 'refused', start);
      const isJoined = !isSingle && this.text[this.at] === '\\';
      if (isJoined) this.at += 1;
      if (isJoined && this.takeBreak() === '') this.refuse('an escape that is none');
      value += this.#gap({ isJoined });
    }
    this.at += 1;
    this.mayOpen = false;
    return { value, start, end: this.at, style: isSingle ? 'single' : 'double' };
  }

  #unescaped(word: string): string {
    return word.replaceAll(/\\(x..|u.{4}|U.{8}|.)/gs, (_, code: string) => {
      if (code.length === 1) return meanings.charAt(letters.indexOf(code));
      const point = Number.parseInt(code.slice(1), 16);
      if ((point >= 0xd800 && point <= 0xdfff) || point > 0x10ffff) this.refuse('an escape of no character');
      return String.fromCodePoint(point);
    });
  }

  /** A literal or folded text. */
  block(parentIndent: number): ScannedScalar {
    const start = this.at;
    const style = this.text[start] === '|' ? 'literal' : 'folded';
    const header = this.match(blockHeader);
    if (header === null) return this.refuse('a header of a block that is none');
    this.at += header[0].length;
    const [, settings = ''] = header;
    const increment = Number(/\d/.exec(settings)?.[0] ?? 0);
    let indent = increment === 0 ? 0 : Math.max(parentIndent, 0) + increment;
    let end = this.at;

    /** Indentation and empty lines; the first text decides about the indentation where the header does not. */
    const emptyLines = (): string => {
      let text = '';
      let deepest = 0;
      end = this.at;
      for (;;) {
        while ((indent === 0 || this.column < indent) && this.text[this.at] === ' ') this.at += 1;
        deepest = Math.max(deepest, this.column);
        if ((indent === 0 || this.column < indent) && this.text[this.at] === '\t')
          this.refuse('a tab where an indentation is expected');
        const next = this.takeBreak();
        if (next === '') break;
        text += next;
        end = this.at;
      }
      if (indent === 0) indent = Math.max(deepest, parentIndent + 1, 1);
      return text;
    };

    let value = '';
    let leading = '';
    let wasBlank = false;
    this.takeBreak();
    let trailing = emptyLines();
    while (this.column === indent && !this.isAtEnd) {
      const isBlank = /[ \t]/.test(this.text[this.at] ?? '');
      const folds = style === 'folded' && leading === '\n' && !wasBlank && !isBlank;
      const joint = trailing === '' ? ' ' : '';
      value += (folds ? joint : leading) + trailing + (this.take(restOfLine) ?? '');
      wasBlank = isBlank;
      leading = this.takeBreak();
      trailing = emptyLines();
    }
    if (!settings.includes('-')) value += leading;
    if (settings.includes('+')) value += trailing;
    this.mayOpen = true;
    return { value, start, end, style };
  }
}
