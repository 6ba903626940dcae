import { codesOf, type Head, YamlFault } from './characters.ts';

export interface ScannedScalar {
  readonly value: string;
  /** The index behind its last character. */
  readonly end: number;
  readonly style: 'plain' | 'single' | 'double' | 'literal' | 'folded';
  /** A plain scalar that ran over a line break: a simple key may follow. */
  readonly overLines: boolean;
}

const tab = 0x09;
const hash = 0x23;
const colon = 0x3a;
const quote = 0x22;
const apostrophe = 0x27;
const backslash = 0x5c;

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;
const isHex = (code: number): boolean => /[\da-fA-F]/.test(String.fromCodePoint(code));

/** What ends a plain scalar in a flow collection: `,?[]{}`. */
const endsInFlow = codesOf(',?[]{}');

/** Line breaks and blanks that are met inside a scalar, until it is known what they become. */
class Gap {
  #whitespaces: string[] = [];
  #leading = '';
  #trailing = '';
  hasBreak = false;

  /** All blanks and line breaks that follow; `blank` may stop at a tab in a place for spaces only. */
  take(head: Head, check: () => void = () => {}): void {
    while (head.isBlank() || head.isBreak()) {
      if (head.isBlank()) {
        check();
        if (this.hasBreak) head.skip();
        else this.#whitespaces.push(head.read());
      } else if (this.hasBreak) this.#trailing += head.readBreak();
      else {
        this.#leading = head.readBreak();
        this.hasBreak = true;
      }
    }
  }

  /** An escaped line break joins two lines without a blank. */
  join(): void {
    this.hasBreak = true;
  }

  /** Whether there is anything to become something. */
  isOpen(): boolean {
    return this.hasBreak || this.#whitespaces.length > 0;
  }

  /** What it becomes: one line feed a blank, several one fewer; blanks alone stay. */
  folded(): string {
    const text = this.hasBreak
      ? this.#leading === '\n'
        ? this.#trailing || ' '
        : this.#leading + this.#trailing
      : this.#whitespaces.join('');
    this.#whitespaces = [];
    this.#leading = '';
    this.#trailing = '';
    this.hasBreak = false;
    return text;
  }
}

/** Source: go.yaml.in/yaml/v2 `scannerc.go`, `yaml_parser_scan_plain_scalar`. */
export function scanPlain(
  head: Head,
  { indent, inFlow }: { readonly indent: number; readonly inFlow: boolean },
): ScannedScalar {
  const value: string[] = [];
  const gap = new Gap();
  let end = head.index;

  const isEnd = (): boolean =>
    (head.peek() === colon && head.isBlankOrEnd(1)) || (inFlow && endsInFlow.has(head.peek()));
  const checkTab = (): void => {
    if (gap.hasBreak && head.column < indent + 1 && head.peek() === tab)
      throw new YamlFault('refused', 'a tab that violates the indentation', head.index);
  };

  while (!head.isDocumentMark() && head.peek() !== hash) {
    const begin = head.index;
    while (head.isWord() || (!head.isBlankOrEnd() && !isEnd())) head.skip();
    if (head.index > begin) {
      if (gap.isOpen()) value.push(gap.folded());
      value.push(head.textFrom(begin));
      end = head.index;
    }
    if (!head.isBlank() && !head.isBreak()) break;

    gap.take(head, checkTab);
    if (!inFlow && head.column < indent + 1) break;
  }
  return { value: value.join(''), end, style: 'plain', overLines: gap.hasBreak };
}

/** Source: `yaml_parser_scan_flow_scalar`. */
export function scanQuoted(head: Head): ScannedScalar {
  const isSingle = head.peek() === apostrophe;
  const value: string[] = [];
  const gap = new Gap();
  head.skip();

  for (;;) {
    if (head.isDocumentMark()) throw new YamlFault('refused', 'the mark of a document inside quotes', head.index);
    if (head.peek() === 0) throw new YamlFault('refused', 'quotes that do not end', head.index);

    while (!head.isBlankOrEnd() && !gap.hasBreak) {
      const code = head.peek();
      if (isSingle && code === apostrophe && head.peek(1) === apostrophe) {
        value.push("'");
        head.skip(2);
      } else if (code === (isSingle ? apostrophe : quote)) break;
      else if (!isSingle && code === backslash && head.isBreak(1)) {
        head.skip();
        head.readBreak();
        gap.join();
      } else if (!isSingle && code === backslash) value.push(escaped(head));
      else {
        const begin = head.index;
        do head.skip();
        while (!head.isBlankOrEnd() && !isSpecial(head.peek()));
        value.push(head.textFrom(begin));
      }
    }

    if (head.peek() === (isSingle ? apostrophe : quote)) break;
    gap.take(head);
    value.push(gap.folded());
  }

  head.skip();
  return { value: value.join(''), end: head.index, style: isSingle ? 'single' : 'double', overLines: false };
}

const isSpecial = (code: number): boolean => code === apostrophe || code === quote || code === backslash;

/** The letters of escapes, and below each the character that it means. */
const letters = '0abt\tnvfre "\'\\N_LP';
const meanings = '\0\u0007\b\t\t\n\v\f\r\u001b "\'\\\u0085\u00a0\u2028\u2029';
const escapes: ReadonlyMap<string, string> = new Map([...letters].map((letter, at) => [letter, meanings.charAt(at)]));
const digitsOf: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
]);

function escaped(head: Head): string {
  const letter = String.fromCodePoint(head.peek(1));
  const plain = head.peek(1) === 0 ? undefined : escapes.get(letter);
  const digits = digitsOf.get(letter);
  if (plain === undefined && digits === undefined) throw new YamlFault('refused', 'an escape that is none', head.index);

  head.skip(2);
  if (plain !== undefined) return plain;

  let text = '';
  for (let count = 0; count < (digits ?? 0); count += 1) {
    if (!isHex(head.peek())) throw new YamlFault('refused', 'an escape without its digits', head.index);
    text += head.read();
  }
  const code = Number.parseInt(text, 16);
  if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff)
    throw new YamlFault('refused', 'an escape of no character', head.index);
  return String.fromCodePoint(code);
}

/** Source: `yaml_parser_scan_block_scalar`. */
export function scanBlock(head: Head, parentIndent: number): ScannedScalar {
  const isLiteral = head.peek() === 0x7c;
  head.skip();
  const { chomping, increment } = blockHeader(head);
  let end = head.index;
  let indent = increment === 0 ? 0 : Math.max(parentIndent, 0) + increment;

  /** Indentation and empty lines; the first text decides about the indentation where the header does not. */
  const breaks = (): string => {
    let text = '';
    let deepest = 0;
    end = head.index;
    for (;;) {
      while ((indent === 0 || head.column < indent) && head.peek() === 0x20) head.skip();
      deepest = Math.max(deepest, head.column);
      if ((indent === 0 || head.column < indent) && head.peek() === tab)
        throw new YamlFault('refused', 'a tab where an indentation is expected', head.index);
      if (!head.isBreak()) break;
      text += head.readBreak();
      end = head.index;
    }
    if (indent === 0) indent = Math.max(deepest, parentIndent + 1, 1);
    return text;
  };

  const value: string[] = [];
  let leading = '';
  let wasBlank = false;
  let trailing = breaks();
  while (head.column === indent && head.peek() !== 0) {
    const isBlank = head.isBlank();
    const folds = !isLiteral && leading === '\n' && !wasBlank && !isBlank;
    value.push(folds ? (trailing === '' ? ' ' : '') : leading, trailing);
    wasBlank = isBlank;
    value.push(head.take(() => !head.isBreakOrEnd()));
    leading = head.isBreak() ? head.readBreak() : '';
    trailing = breaks();
  }

  if (chomping !== '-') value.push(leading);
  if (chomping === '+') value.push(trailing);
  return { value: value.join(''), end, style: isLiteral ? 'literal' : 'folded', overLines: false };
}

function blockHeader(head: Head): { readonly chomping: '+' | '-' | undefined; readonly increment: number } {
  let chomping: '+' | '-' | undefined;
  let increment = 0;
  const chomp = (): void => {
    const code = head.peek();
    if (chomping !== undefined || (code !== 0x2b && code !== 0x2d)) return;
    chomping = code === 0x2b ? '+' : '-';
    head.skip();
  };

  chomp();
  if (isDigit(head.peek())) {
    increment = head.peek() - 0x30;
    if (increment === 0) throw new YamlFault('refused', 'an indentation of 0', head.index);
    head.skip();
    chomp();
  }
  skipToLineEnd(head);
  return { chomping, increment };
}

/** Blanks and a comment, then the line break; anything else is an error. */
function skipToLineEnd(head: Head): void {
  while (head.isBlank()) head.skip();
  if (head.peek() === hash) while (!head.isBreakOrEnd()) head.skip();
  if (!head.isBreakOrEnd()) throw new YamlFault('refused', 'something behind what ends its line', head.index);
  if (head.isBreak()) head.readBreak();
}
