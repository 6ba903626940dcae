import { err, ok, type Result } from '../../../model/result.ts';
import {
  type DocumentFault,
  deepest,
  type ParsedDocument,
  plainNumber,
  type RepeatedKey,
  RepeatingMap,
  type Tree,
} from './tree.ts';

const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** What a number may run into, so that `12abc` is one wrong word and not a number. */
const numberLike = /[\w.+-]*/y;
const quoted = /"[^"\\\u0000-\u001f]*(?:\\.[^"\\\u0000-\u001f]*)*"/y;

/**
 * Strict JSON (RFC 8259), bounded, with what `JSON.parse` does not report: the place of an error, and repeated keys. Never throws, for any bytes.
 * @param numbers `as-written`: an integer is plain digits, as Go decodes it into an integer; `as-values`: `1e1` is 10, as after Go decoded it into a
 * map
 */
export function parseJson(
  text: string,
  limit: number,
  numbers: 'as-written' | 'as-values' = 'as-written',
): Result<ParsedDocument, DocumentFault> {
  if (text.length > limit) return err({ kind: 'not-read', because: `longer than ${limit} characters` });

  const repeatedKeys: RepeatedKey[] = [];
  const path: string[] = [];
  let at = 0;

  const document = (): Tree => {
    const tree = value();
    skipBlanks();
    if (at < text.length) throw new Fault('text after the end of the JSON value', at);
    return tree;
  };

  const value = (): Tree => {
    skipBlanks();
    if (path.length > deepest) throw new Fault(`nested deeper than ${deepest} levels`, at, { kind: 'not-read' });

    const first = text[at];
    if (first === '{') return object();
    if (first === '[') return array();
    if (first === '"') return string();
    if (word('true')) return true;
    if (word('false')) return false;
    if (word('null')) return null;
    return number();
  };

  const object = (): Tree => {
    const members = new Map<string, Tree>();
    let all: [string, Tree][] | undefined;
    expect('{');
    if (found('}')) return members;

    do {
      skipBlanks();
      const start = at;
      const key = string();
      path.push(key);
      if (members.has(key)) {
        all ??= [...members];
        if (repeatedKeys.length < 100) repeatedKeys.push({ path: [...path], place: placeOf(text, start) });
      }
      expect(':');
      const member = value();
      members.set(key, member);
      all?.push([key, member]);
      path.pop();
    } while (found(','));

    expect('}');
    return all === undefined ? members : new RepeatingMap(all);
  };

  const array = (): Tree => {
    const items: Tree[] = [];
    expect('[');
    if (found(']')) return items;

    path.push('[]');
    do items.push(value());
    while (found(','));
    path.pop();

    expect(']');
    return items;
  };

  const string = (): string => {
    if (text[at] !== '"') throw new Fault('a string is expected', at);
    const start = at;
    const token = take(quoted);
    if (!token.includes('\\') && token !== '') return token.slice(1, -1);
    try {
      // Half a surrogate pair is U+FFFD in Go.
      return String(JSON.parse(token)).toWellFormed();
    } catch (cause) {
      throw new Fault('not a valid string', start, { cause });
    }
  };

  const number = (): number => {
    const start = at;
    const token = take(numberLike);
    if (!jsonNumber.test(token)) throw new Fault('a value is expected', start);

    const number = Number(token) + 0;
    if (numbers === 'as-values' && !Number.isFinite(number)) throw new Fault('a number that is too large', start);
    return numbers === 'as-values' || token === '-0' || plainNumber.test(token) ? number : Number.NaN;
  };

  const take = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const token = pattern.exec(text)?.[0] ?? '';
    at += token.length;
    return token;
  };
  const skipBlanks = () => {
    for (let code = text.charCodeAt(at); code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09; )
      code = text.charCodeAt(++at);
  };
  const word = (expected: string): boolean => {
    if (!text.startsWith(expected, at)) return false;
    at += expected.length;
    return true;
  };
  const found = (punctuation: string): boolean => {
    skipBlanks();
    return word(punctuation);
  };
  const expect = (punctuation: string) => {
    if (!found(punctuation)) throw new Fault(`'${punctuation}' is expected`, at);
  };

  try {
    return ok({ tree: document(), repeatedKeys });
  } catch (error) {
    if (error instanceof Fault)
      return err({ kind: error.kind, because: `${placeOf(text, error.at)}: ${error.message}` });
    throw error;
  }
}

class Fault extends Error {
  readonly kind: DocumentFault['kind'];
  readonly at: number;

  constructor(message: string, at: number, options: ErrorOptions & { readonly kind?: DocumentFault['kind'] } = {}) {
    super(message, options);
    this.kind = options.kind ?? 'refused';
    this.at = at;
  }
}

function placeOf(text: string, at: number): string {
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  return `line ${line}, column ${at - before.lastIndexOf('\n')}`;
}

/** Whether the member of this name at this depth (0 is the top) is wanted: thousands of answers have eighty keys each, and twelve settings. */
type Keeps = (key: string, depth: number) => boolean;

/**
 * The fast way for JSON without blanks, as encoders write it. If its parsed form is written back as the very same text, no key was repeated and no
 * number was spelled oddly: every parser reads it alike. `undefined` for any other text, which `parseJson` then reads closely.
 */
export function parseCompactJson(text: string, limit: number, keeps: Keeps): Result<ParsedDocument, never> | undefined {
  if (text.length > limit) return undefined;

  try {
    const value: unknown = JSON.parse(text);
    const written = JSON.stringify(value);
    if (written !== text && `${written}\n` !== text) return undefined;

    return ok({ tree: toTree(value, 0, keeps), repeatedKeys: [] });
  } catch {
    // Not JSON, or nested too deep: parseJson says what and where.
    return undefined;
  }
}

function toTree(value: unknown, depth: number, keeps: Keeps): Tree {
  if (depth > deepest) throw new RangeError('nested too deep');
  if (typeof value === 'number') return plainNumber.test(String(value)) ? value : Number.NaN;
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map((item) => toTree(item, depth + 1, keeps));

  const members = new Map<string, Tree>();
  const object: Readonly<Record<string, unknown>> = Object(value);
  for (const key of Object.keys(object)) if (keeps(key, depth)) members.set(key, toTree(object[key], depth + 1, keeps));
  return members;
}
