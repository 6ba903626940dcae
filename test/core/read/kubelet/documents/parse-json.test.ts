import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../../../lambda/core/read/kubelet/documents/parse-json.ts';
import { membersOf, type Tree } from '../../../../../lambda/core/read/kubelet/documents/tree.ts';
import { fromTree } from '../../../model/plain-json.ts';

const limit = 10_000;
const treeOf = (text: string, numbers?: 'as-written' | 'as-values'): Tree | string => {
  const parsed = parseJson(text, limit, numbers);
  return parsed.ok ? parsed.value.tree : parsed.error.because;
};
const faultOf = (text: string) => {
  const parsed = parseJson(text, limit);
  return parsed.ok ? 'none' : parsed.error;
};

describe('a JSON text', () => {
  it('is read up to its limit, to the character', () => {
    expect(parseJson('[]', 2)).toEqual({ ok: true, value: { tree: [], repeatedKeys: [] } });
    expect(parseJson('[]', 1)).toEqual({ ok: false, error: { kind: 'not-read', because: 'longer than 1 characters' } });
  });

  it('may have blanks of all four kinds wherever they may stand, and no others', () => {
    const blanks = ' \t\r\n';
    const words = ['{', '"a"', ':', '[', '1', ',', '{', '}', ',', '[', ']', ']', ',', '"b"', ':', 'null', '}'];
    expect(treeOf(`${blanks}${words.join(blanks)}${blanks}`)).toEqual(
      new Map<string, Tree>([
        ['a', [1, new Map(), []]],
        ['b', null],
      ]),
    );
    for (const other of ['\f', '\v', '\u00a0', '\ufeff', '\u0085'])
      expect(treeOf(`${other}1`)).toBe('line 1, column 1: a value is expected');
  });

  it.each([
    ['', 'line 1, column 1: a value is expected'],
    [' \n ', 'line 2, column 2: a value is expected'],
    ['{"a" 1}', "line 1, column 6: ':' is expected"],
    ['{"a":1', "line 1, column 7: '}' is expected"],
    ['{"a":1,', 'line 1, column 8: a string is expected'],
    ['{a:1}', 'line 1, column 2: a string is expected'],
    ['{1:1}', 'line 1, column 2: a string is expected'],
    ['[1 2]', "line 1, column 4: ']' is expected"],
    ['[1,]', 'line 1, column 4: a value is expected'],
    ['{}x', 'line 1, column 3: text after the end of the JSON value'],
    ['\n\n  1 1', 'line 3, column 5: text after the end of the JSON value'],
    ['"a', 'line 1, column 1: not a valid string'],
    ['"a\\', 'line 1, column 1: not a valid string'],
    ['"\\q"', 'line 1, column 1: not a valid string'],
    ['[ "\t"]', 'line 1, column 3: not a valid string'],
    ['tru', 'line 1, column 1: a value is expected'],
    ['truex', 'line 1, column 5: text after the end of the JSON value'],
  ])('that is none says where and why: %j', (text, because) => {
    expect(faultOf(text)).toEqual({ kind: 'refused', because });
  });

  it.each([
    ['[12_a]', 2],
    ['[01]', 2],
    ['[-]', 2],
    ['[+1]', 2],
    ['[.5]', 2],
    ['[1.]', 2],
    ['[1e]', 2],
    ['[1e+]', 2],
    ['[1.e1]', 2],
    ['[--1]', 2],
    ['[1.5.2]', 2],
    ['[0x10]', 2],
    ['[1Z]', 2],
    ['[NaN]', 2],
  ])('has no number in %s, nor half of one', (text, column) => {
    expect(treeOf(text)).toBe(`line 1, column ${column}: a value is expected`);
  });

  it('decodes escapes, and half a surrogate pair as Go does', () => {
    expect(treeOf('"\\u0041\\n\\"\\\\\\/"')).toBe('A\n"\\/');
    expect(treeOf('["\\\\","a"]')).toEqual(['\\', 'a']);
    expect(treeOf('"\\ud83d\\ude00 \\ud83d"')).toBe('\u{1f600} \ufffd');
    expect(treeOf('"\\u0000"')).toBe('\0');
  });

  it('has at most 250 levels, of maps and lists together', () => {
    const nested = (levels: number) => `${'[{"a":'.repeat(levels / 2)}1${'}]'.repeat(levels / 2)}`;
    expect(parseJson(nested(250), limit).ok).toBe(true);
    expect(parseJson(nested(252), limit)).toEqual({
      ok: false,
      error: { kind: 'not-read', because: 'line 1, column 752: nested deeper than 250 levels' },
    });
    // What was left behind counts no more.
    expect(parseJson(`[${'[{"a":[]}],'.repeat(200)}1]`, limit).ok).toBe(true);
  });

  it('keeps of a key that is there twice the last value, knows all of them, and tells each place', () => {
    const parsed = parseJson('{"a":1,\n"b":[{"c":2,"c":3}],"a":4,"a":5}', limit);
    if (!parsed.ok) throw new Error(parsed.error.because);
    const { tree, repeatedKeys } = parsed.value;

    expect(repeatedKeys).toEqual([
      { path: ['b', '[]', 'c'], place: 'line 2, column 13' },
      { path: ['a'], place: 'line 2, column 21' },
      { path: ['a'], place: 'line 2, column 27' },
    ]);
    expect(
      tree instanceof Map && [tree.get('a'), membersOf(tree).map(([key, value]) => [key, fromTree(value)])],
    ).toEqual([
      5,
      [
        ['a', 1],
        ['b', [{ c: 3 }]],
        ['a', 4],
        ['a', 5],
      ],
    ]);
  });
});

describe('a number', () => {
  it.each([
    ['0', 0],
    ['-0', 0],
    ['7', 7],
    ['-1', -1],
    ['123456789012345', 123_456_789_012_345],
    ['0.5', 0.5],
    ['-0.25', -0.25],
    ['12.0625', 12.0625],
  ])('%s is what it says, however it is decoded', (text, value) => {
    expect([treeOf(text), treeOf(text, 'as-values')]).toEqual([value, value]);
  });

  it.each([
    ['1.0', 1],
    ['-0.0', 0],
    ['1e1', 10],
    ['2E+3', 2000],
    ['5e-1', 0.5],
    ['0.50', 0.5],
    ['1234567890123456', 1_234_567_890_123_456],
  ])('%s is none that an integer takes as it is written, and %d as a value', (text, value) => {
    expect([treeOf(text), treeOf(text, 'as-values')]).toEqual([Number.NaN, value]);
  });

  it('that is too large is refused as a value', () => {
    expect(treeOf('[1e999]')).toEqual([Number.NaN]);
    expect(treeOf('[1e999]', 'as-values')).toBe('line 1, column 2: a number that is too large');
  });
});
