import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../../../lambda/core/read/kubelet/documents/parse-json.ts';
import { membersOf, type Tree } from '../../../../../lambda/core/read/kubelet/documents/tree.ts';
import { fromTree, plainJson } from '../../../model/plain-json.ts';

const limit = 10_000;
const treeOf = (text: string, numbers?: 'as-written' | 'as-values'): Tree | string => {
  const parsed = parseJson(text, limit, numbers);
  return parsed.ok ? parsed.value.tree : parsed.error.because;
};

describe('a JSON text', () => {
  it('is read as JSON.parse reads it, on random values', () => {
    fc.assert(
      fc.property(plainJson, fc.constantFrom(0, 2, '\t'), (value, indent) => {
        expect(fromTree(treeOf(JSON.stringify(value, undefined, indent)))).toEqual(value);
      }),
    );
  });

  it('is refused where JSON.parse refuses it', () => {
    const jsonLike = fc.string({ unit: fc.constantFrom(...'{}[]":,1-.e\\u \n\u0001', 'true', 'null') });
    const isJson = (text: string) => {
      try {
        JSON.parse(text);
        return true;
      } catch {
        return false;
      }
    };
    const numberLike = fc.stringMatching(/^-?\d{0,2}(\.\d{0,3})?([eE][+-]?\d{0,2})?[\w.+-]?$/);
    const property = fc.property(fc.oneof(jsonLike, numberLike), (text) => parseJson(text, limit).ok === isJson(text));
    fc.assert(property, { numRuns: 1_000 });
  });

  it('is read up to its limit, to the character', () => {
    expect(parseJson('[]', 2)).toEqual({ ok: true, value: { tree: [], repeatedKeys: [] } });
    expect(parseJson('[]', 1)).toEqual({ ok: false, error: { kind: 'not-read', because: 'longer than 1 characters' } });
  });

  it('may have blanks of all four kinds between any words, and no others', () => {
    const words = ['{', '"a"', ':', '[', '1', ',', '{', '}', ',', '[', ']', ']', ',', '"b"', ':', 'null', '}'];
    expect(fromTree(treeOf(['', ...words, ''].join(' \t\r\n')))).toEqual({ a: [1, {}, []], b: null });
    for (const other of '\f\v\u00a0\ufeff\u0085') expect(treeOf(`${other}1`)).toMatch(/column 1: a value is expected$/);
  });

  it.each([
    ['', 'line 1, column 1: a value is expected'],
    [' \n ', 'line 2, column 2: a value is expected'],
    ['{"a" 1}', "line 1, column 6: ':' is expected"],
    ['{"a":1', "line 1, column 7: '}' is expected"],
    ['{1:1}', 'line 1, column 2: a string is expected'],
    ['[1 2]', "line 1, column 4: ']' is expected"],
    ['[1,]', 'line 1, column 4: a value is expected'],
    ['\n\n  1 1', 'line 3, column 5: text after the end of the JSON value'],
    ['"a\\', 'line 1, column 1: not a valid string'],
    ['truex', 'line 1, column 5: text after the end of the JSON value'],
  ])('that is none says where and why: %j', (text, because) => {
    expect(parseJson(text, limit)).toEqual({ ok: false, error: { kind: 'refused', because } });
  });

  it.each(['12_a', '01', '-', '+1', '.5', '1.', '1e', '1e+', '1.e1', '--1', '1.5.2', '0x10', '1Z', 'NaN'])(
    'has no number in %s',
    (number) => {
      expect(treeOf(`[${number}]`)).toBe('line 1, column 2: a value is expected');
    },
  );

  it('decodes escapes, and half a surrogate pair as Go does', () => {
    expect(treeOf('"\\u0041\\n\\"\\\\\\/\\u0000"')).toBe('A\n"\\/\0');
    expect(treeOf('["\\\\","a"]')).toEqual(['\\', 'a']);
    expect(treeOf('"\\ud83d\\ude00 \\ud83d"')).toBe('\u{1f600} \ufffd');
  });

  it('has at most 1,000 levels, of maps and lists together', () => {
    const nested = (levels: number) => `${'[{"a":'.repeat(levels / 2)}1${'}]'.repeat(levels / 2)}`;
    const because = 'line 1, column 3002: nested deeper than 1000 levels';
    expect(parseJson(nested(1000), limit).ok).toBe(true);
    expect(parseJson(nested(1002), limit)).toEqual({ ok: false, error: { kind: 'not-read', because } });
    expect(treeOf('{"a":'.repeat(2_000))).toContain('nested deeper');
    // What was left behind counts no more.
    expect(parseJson(`[${'[{"a":[]}],'.repeat(200)}1]`, limit).ok).toBe(true);
  });

  it('keeps of a key that is there twice the last value, knows all of them, and names each place, 100 at most', () => {
    const parsed = parseJson('{"a":1,\n"b":[{"c":2,"c":3}],"a":4,"a":5}', limit);
    if (!parsed.ok) throw new Error(parsed.error.because);
    const { tree, repeatedKeys } = parsed.value;
    const keys = repeatedKeys.map(({ path, place }) => `${path.join('.')}: ${place}`);
    expect(keys).toEqual(['b.[].c: line 2, column 13', 'a: line 2, column 21', 'a: line 2, column 27']);
    expect(fromTree(tree)).toEqual({ a: 5, b: [{ c: 3 }] });
    const members = tree instanceof Map ? membersOf(tree) : [];
    expect(members.map(([key, value]) => [key, fromTree(value)]).join(' ')).toBe('a,1 b,[object Object] a,4 a,5');

    const many = parseJson(`{${Array(300).fill('"a":1').join(',')}}`, limit);
    expect(many.ok && many.value.repeatedKeys).toHaveLength(100);
  });

  it('may hold no number as a value that is too large', () => {
    expect(treeOf('[1e999]')).toEqual([Number.NaN]);
    expect(treeOf('[1e999]', 'as-values')).toBe('line 1, column 2: a number that is too large');
  });
});
