/** Where goyaml stops, or where this program does. `at` counts characters; the message never quotes the text. */
export class YamlFault extends Error {
  readonly kind: 'refused' | 'not-read';
  readonly at: number;

  constructor(kind: YamlFault['kind'], message: string, at: number) {
    super(message);
    this.kind = kind;
    this.at = at;
  }
}

/** goyaml reads its input in pieces of this many bytes, and looks at a wrong byte only when its piece is read. */
const chunk = 512;

/** A text as goyaml reads it: its characters, and where each begins in the bytes. */
export interface Characters {
  /** Code points. After the last one comes 0, which no text may hold. */
  readonly codes: Uint32Array;
  /** Byte offset of each character and, last, of the end. */
  readonly offsets: Uint32Array;
  readonly count: number;
  /** Reading the character at this index or a later one meets `fault`. */
  readonly poisonedFrom: number;
  readonly fault: string;
}

type Decode = (bytes: Uint8Array, at: number) => { readonly code: number; readonly width: number } | string;

/**
 * UTF-8, or UTF-16 behind its byte order mark. The first wrong byte or forbidden character ends it.
 * Source: go.yaml.in/yaml/v2 `readerc.go`.
 */
export function charactersOf(bytes: Uint8Array): Characters {
  const mark = [0xfffe, 0xfeff].indexOf(((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0));
  const decode = mark === -1 ? decodeUtf8 : decodeUtf16(mark === 0);
  const hasUtf8Mark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  let at = mark === -1 ? (hasUtf8Mark ? 3 : 0) : 2;

  const codes = new Uint32Array(bytes.length + 1);
  const offsets = new Uint32Array(bytes.length + 1);
  let count = 0;
  for (; at < bytes.length; count += 1) {
    const byte = bytes[at] ?? 0;
    if (mark === -1 && byte < 0x80 && isAllowed(byte)) {
      codes[count] = byte;
      offsets[count] = at;
      at += 1;
      continue;
    }
    const decoded = decode(bytes, at);
    const fault = typeof decoded === 'string' ? decoded : isAllowed(decoded.code) ? undefined : 'a control character';
    if (fault !== undefined) {
      const begin = at - (at % chunk);
      let first = count;
      while (first > 0 && (offsets[first - 1] ?? 0) >= begin) first -= 1;
      offsets[count] = at;
      return { codes, offsets, count, poisonedFrom: first, fault };
    }

    const { code, width } = decoded as Exclude<typeof decoded, string>;
    codes[count] = code;
    offsets[count] = at;
    at += width;
  }
  offsets[count] = bytes.length;
  return { codes, offsets, count, poisonedFrom: Number.POSITIVE_INFINITY, fault: '' };
}

const isAllowed = (code: number): boolean =>
  code === 0x09 ||
  code === 0x0a ||
  code === 0x0d ||
  (code >= 0x20 && code <= 0x7e) ||
  code === 0x85 ||
  (code >= 0xa0 && code <= 0xfffd) ||
  code >= 0x10000;

const decodeUtf8: Decode = (bytes, at) => {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return { code: lead, width: 1 };

  const width = lead >> 5 === 0b110 ? 2 : lead >> 4 === 0b1110 ? 3 : lead >> 3 === 0b11110 ? 4 : 0;
  if (width === 0 || at + width > bytes.length) return 'bytes that are no UTF-8';
  let code = lead & (0xff >> (width + 1));
  for (let next = 1; next < width; next += 1) {
    const byte = bytes[at + next] ?? 0;
    if (byte >> 6 !== 0b10) return 'bytes that are no UTF-8';
    code = (code << 6) | (byte & 0x3f);
  }
  const least = [0, 0, 0x80, 0x800, 0x10000][width] ?? 0;
  return code < least || code > 0x10ffff || isSurrogate(code) ? 'bytes that are no UTF-8' : { code, width };
};

const decodeUtf16 =
  (isLittle: boolean): Decode =>
  (bytes, at) => {
    const unitAt = (index: number): number | undefined => {
      const [low, high] = isLittle ? [bytes[index], bytes[index + 1]] : [bytes[index + 1], bytes[index]];
      return low === undefined || high === undefined ? undefined : (high << 8) | low;
    };
    const first = unitAt(at);
    if (first === undefined || first >> 10 === 0b110111) return 'bytes that are no UTF-16';
    if (first >> 10 !== 0b110110) return { code: first, width: 2 };

    const second = unitAt(at + 2);
    if (second === undefined || second >> 10 !== 0b110111) return 'bytes that are no UTF-16';
    return { code: 0x10000 + ((first & 0x3ff) << 10) + (second & 0x3ff), width: 4 };
  };

const isSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdfff;

/** Characters that are added one by one sooner than all at once; and the most at once. */
const fewCharacters = 16;
const longestPiece = 4096;

export const codesOf = (text: string): ReadonlySet<number> => new Set([...text].map((char) => char.charCodeAt(0)));
const wordCodes = codesOf('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-');

/** A reading head over characters, with line and column as goyaml counts them. */
export class Head {
  readonly #codes: Uint32Array;
  readonly #poisonedFrom: number;
  readonly #fault: string;
  index = 0;
  line = 0;
  column = 0;

  constructor({ codes, poisonedFrom, fault }: Characters) {
    this.#codes = codes;
    this.#poisonedFrom = poisonedFrom;
    this.#fault = fault;
  }

  /** The character so many places ahead; 0 at the end. */
  peek(ahead = 0): number {
    const at = this.index + ahead;
    if (at >= this.#poisonedFrom) throw new YamlFault('refused', this.#fault, this.index);
    return this.#codes[at] ?? 0;
  }

  skip(count = 1): void {
    this.index += count;
    this.column += count;
  }

  /** One character, which it passes. */
  read(): string {
    const code = this.peek();
    this.skip();
    return String.fromCodePoint(code);
  }

  /** The text as long as it goes on, which it passes. */
  take(goesOn: () => boolean): string {
    const begin = this.index;
    while (goesOn()) this.skip();
    return this.textFrom(begin);
  }

  /** The text between a character and this one. */
  textFrom(begin: number): string {
    let text = '';
    if (this.index - begin <= fewCharacters) {
      for (let at = begin; at < this.index; at += 1) text += String.fromCodePoint(this.#codes[at] ?? 0);
      return text;
    }
    for (let at = begin; at < this.index; at += longestPiece)
      text += String.fromCodePoint(...Array.from(this.#codes.subarray(at, Math.min(at + longestPiece, this.index))));
    return text;
  }

  /** The line break that it passes, as a value holds it: LS and PS stay themselves, every other one is a line feed. */
  readBreak(): string {
    const code = this.peek();
    this.index += code === 0x0d && this.peek(1) === 0x0a ? 2 : 1;
    this.line += 1;
    this.column = 0;
    return code === 0x2028 || code === 0x2029 ? String.fromCodePoint(code) : '\n';
  }

  isBlank(ahead = 0): boolean {
    const code = this.peek(ahead);
    return code === 0x20 || code === 0x09;
  }

  isBreak(ahead = 0): boolean {
    const code = this.peek(ahead);
    return code === 0x0a || code === 0x0d || code === 0x85 || code === 0x2028 || code === 0x2029;
  }

  isBreakOrEnd(ahead = 0): boolean {
    return this.peek(ahead) === 0 || this.isBreak(ahead);
  }

  isBlankOrEnd(ahead = 0): boolean {
    return this.isBlank(ahead) || this.isBreakOrEnd(ahead);
  }

  /** Letters, digits, `_` and `-` of ASCII. */
  isWord(): boolean {
    return wordCodes.has(this.peek());
  }

  /** Whether `---` or `...` begins a document or ends one here. */
  isDocumentMark(): boolean {
    if (this.column !== 0) return false;
    const code = this.peek();
    return (code === 0x2d || code === 0x2e) && this.peek(1) === code && this.peek(2) === code && this.isBlankOrEnd(3);
  }
}
