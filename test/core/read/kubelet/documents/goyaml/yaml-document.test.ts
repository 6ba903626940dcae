import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { yamlDocument } from '../../../../../../lambda/core/read/kubelet/documents/goyaml/yaml-document.ts';
import { isTreeMap, type Tree } from '../../../../../../lambda/core/read/kubelet/documents/tree.ts';

const limit = 1024 * 1024;
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The value as JSON, or why there is none. */
function read(text: string | Uint8Array): unknown {
  const document = yamlDocument(typeof text === 'string' ? bytesOf(text) : text, limit);
  return document.ok ? plain(document.value.tree) : document.error.kind;
}

function plain(tree: Tree): unknown {
  if (Array.isArray(tree)) return tree.map((item) => plain(item));
  return isTreeMap(tree) ? Object.fromEntries([...tree].map(([key, value]) => [key, plain(value)])) : tree;
}

describe('what goyaml reads', () => {
  it.each<[string, string | Uint8Array, unknown]>([
    ['a line end of NEL', 'a: 1\u0085b: 2', { a: 1, b: 2 }],
    ['a tab in a flow collection', '{a:\t1,\n\tb: 2}', { a: 1, b: 2 }],
    ['a tab inside the indentation of a plain text', 'a:\n  x\n\ty', 'refused'],
    ['a tab where a block text is indented', 'a: |\n\tx', 'refused'],
    ['UTF-16 behind its mark', new Uint8Array([0xff, 0xfe, 0x61, 0, 0x3a, 0, 0x20, 0, 0x31, 0]), 'not-read'],
    ['UTF-16 with the high byte first', new Uint8Array([0xfe, 0xff, 0xd8, 0x3d, 0xde, 0x00]), 'not-read'],
    ['a byte that is no UTF-8', new Uint8Array([0x61, 0x3a, 0x20, 0xff]), 'refused'],
    ['the first of two documents, the second being wrong', 'a: 1\n---\n]]', { a: 1 }],
    ['a directive without a document', '%YAML 1.1\na: 1', 'refused'],
    ['a list without values', 'a:\n-\n-\n', { a: [null, null] }],
    ['a ? in a flow map, which begins a key', '{?a: 1}', { a: 1 }],
    ['a key over two lines in a flow map', '{a\n b: 1}', 'refused'],
    ['a key over two lines in a block', 'a\nb: 1', 'refused'],
    ['a pair in a flow list', '[a: 1, b]', [{ a: 1 }, 'b']],
    ['a comma at the end', '[1, 2,]', [1, 2]],
    ['two commas', '[1,, 2]', 'refused'],
    ['a value that is missing', '{a, b: }', { a: null, b: null }],
    ['a literal text', 'a: |\n  x\n   y\n\nb: 1', { a: 'x\n y\n', b: 1 }],
    ['a folded text', 'a: >+\n  x\n  y\n\n  z\n\n', { a: 'x y\nz\n\n' }],
    ['escapes', String.raw`a: "\x41\u00e9\U0001F600\t\e\_"`, { a: 'Aé😀\t\u001b\u00a0' }],
    ['a tag with an unknown handle', 'a: !x!y 1', 'refused'],
    ['a tag with its handle', '%TAG !x! tag:yaml.org,2002:\n---\na: !x!str 1', { a: '1' }],
    ['a merge key over what is before', 'x: &x {a: 1}\nz: {a: 0, <<: *x, b: 2}', { x: { a: 1 }, z: { a: 1, b: 2 } }],
    [
      'the first of several that are merged',
      'x: [&x {a: 1}, &y {a: 2}]\nz: {<<: [*x, *y]}',
      { x: [{ a: 1 }, { a: 2 }], z: { a: 1 } },
    ],
    ['a key that is a word of another type', 'yes: 1\n2: 3', { true: 1, 2: 3 }],
    ['a tab behind a colon of a flow map that is the whole', '\ufeff{\n\t"a": 1\n\t}', { a: 1 }],
    ['a dash and a tab', '-a:\t1', { '-a': 1 }],
    ['a byte order mark inside of a word', 'a\ufeff: 1\nb: \ufeff', { 'a\ufeff': 1, b: '\ufeff' }],
    ['values that are missing, and empty ones', 'a:\nb: ""\nc: !!str\n', { a: null, b: '', c: '' }],
    ['a key without a value', '? a\n', { a: null }],
    ['an anchor of a key', '? &k a\n: *k', { a: 'a' }],
    ['a comment behind a header of a text', 'a: |-#c\n  /x\nb: 1', { a: '/x', b: 1 }],
    ['a comment behind quotes', "a: 'x'# c\nb: 1", { a: 'x', b: 1 }],
    ['a flow map that ends as far left as its key', 'a: {\nb: {c: 1}\n}\nd: 2', { a: { b: { c: 1 } }, d: 2 }],
    ['a flow list that ends as far left as its key', 'a: [\n1,\n2\n]', { a: [1, 2] }],
    ['the end of a document at a line indented less', '# x\n  a: 1\n# y\n  b: 2\n c: 3', { a: 1, b: 2 }],
    ['such an end behind a byte order mark', '\ufeff a: 1\nc: 3', { a: 1 }],
    ['such an end behind a literal text', ' a: |\n  x\nb: 1', { a: 'x\n' }],
    ['<< in quotes, which merges nothing', 'a: {"<<": {b: 1}, "<": 1}', { a: { '<<': { b: 1 }, '<': 1 } }],
    ['<< in quotes with its tag, which merges', 'a: {!!merge "<<": {b: 1}}', { a: { b: 1 } }],
  ])('reads %s', (_, text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  const value = fc.jsonValue({ maxDepth: 4, noUnicodeString: false });

  it('reads any JSON as JSON does', () => {
    fc.assert(
      fc.property(value, (json) => {
        // YAML 1.1 has no `-0`, and no half characters.
        const text = JSON.stringify(json);
        const unlike = /\\u[dD][89a-fA-F]|\\u00[01]|\\b|\\f|[\u007f-\u009f\ufeff\u2028\u2029\ufffe\uffff]|-0\b/;
        fc.pre(text.isWellFormed() && !unlike.test(text));
        expect(read(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('reads what another program writes as YAML 1.1', () => {
    // Go drops each `_` before it looks for a number, so `-_0` is one; the other program writes it as a word, without quotes.
    const words = fc.stringMatching(/^[a-zA-Z0-9 _:#'"\-?]{0,20}$/).filter((word) => !/^[-0-9].*_/.test(word));
    const tree = fc.letrec((tie) => ({
      any: fc.oneof({ maxDepth: 4 }, words, fc.boolean(), fc.integer(), fc.constant(null), tie('list'), tie('map')),
      list: fc.array(tie('any'), { maxLength: 3 }),
      map: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), tie('any'), { maxKeys: 4 }),
    })).map;
    fc.assert(
      fc.property(tree, fc.constantFrom(0, 80), (given, lineWidth) => {
        expect(read(stringify(given, { version: '1.1', lineWidth }))).toEqual({ ...(given as object) });
      }),
    );
  });

  it('never throws, whatever the bytes', () => {
    const marks = ['&x', '*x', '<<', '---', '...'];
    const pieces = fc.constantFrom(...marks, ...'a: \n-?{}[],|>"\'\t#!%\r\u0085\ufeff1');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (words) => {
        expect(typeof yamlDocument(bytesOf(words.join('')), limit).ok).toBe('boolean');
      }),
      { numRuns: 1000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void yamlDocument(bytes, limit)));
  });
});

it.each(['81', 'c1bf', 'e09fbf', 'eda080', 'f08fbfbf', 'f4908080', 'f888808080', 'e282', 'e228a1', 'f09f9841'])(
  'no characters are the bytes %s',
  (hex) => {
    const because = 'line 1, column 1: bytes that are no UTF-8';
    expect(yamlDocument(Buffer.from(hex, 'hex'), limit)).toEqual({ ok: false, error: { kind: 'refused', because } });
  },
);

it('looks no further than goyaml for sure does: wrong characters behind the first 512 bytes may be met or not', () => {
  const behind = (length: number, wrong: number) =>
    read(Buffer.concat([Buffer.from(`a: ${'x'.repeat(length - 3)}`), Buffer.from([wrong])]));
  for (const wrong of [0xff, 0x07])
    expect([508, 509].map((length) => behind(length, wrong))).toEqual(['refused', 'not-read']);
});

it.each<[because: string, placeByText: Readonly<Record<string, string>>]>([
  ['a directive that is there twice', { '%YAML 1.1\n%YAML 1.1\n---': '2:1', '%TAG !x! a:\n%TAG !x! b:\n---': '2:1' }],
  [
    'not-read: a value is expected',
    Object.fromEntries(
      [
        '%YAML 1.2',
        '%YAML 2.1',
        '%YAML 11',
        '%YAML 1.',
        '%YAML',
        '%YAML?',
        '%YAML 1.1x',
        '%YAMLS 1.1',
        '%FOO',
        '% ',
        '%TAG x a',
        '%TAG !x a',
        '%TAG !x!',
        '%TAG !x! ',
        '%TAG !x! a"',
        '%TAG !x! a b',
        '%TAG! a',
        '%tag !x! a',
        '%TAG !x! %41',
      ].map((line) => [`${line}\n---`, '1:1']),
    ),
  ],
  [
    'a tag that is none',
    Object.fromEntries(
      ['!<x>y', '!x"y" 1', '!{ 1', '!<x y', '!<x', '!<> 1', '!!', '!x! 1', '!x!{'].map((tag) => [`a: ${tag}`, '1:4']),
    ),
  ],
  ['a value is expected', { 'a: 1\n- b': '2:1', '? a\n: c\n: d': '3:1' }],
  ['a key is expected', { 'a: [b]c': '1:7' }],
  ["a ':' where no value may begin", { 'a: b\n  c: d': '2:4', 'kind\na: b': '2:2', 'a: b: c': '1:5' }],
  ["a '-' is expected", { '- a\nb: 1': '2:1' }],
  ['not-read: a tag with an escape', { 'a: !x%41 1': '1:4' }],
  ['not-read: a number of more than 64 bits', { 'a: 018446744073709551616': '1:4' }],
])('goyaml refuses, or this program does not read, %s', (because, placeByText) => {
  const said = (text: string) => {
    const document = yamlDocument(bytesOf(text), limit);
    return document.ok || `${document.error.kind}: ${document.error.because}`;
  };
  const [kind, what] = because.startsWith('not-read: ') ? because.split(': ') : ['refused', because];
  const expected = (place: string) => `${kind}: line ${place.replace(':', ', column ')}: ${what}`;
  expect(Object.keys(placeByText).map(said)).toEqual(Object.values(placeByText).map(expected));
});

/** Eight lines, each of which holds the one above it nine times. */
const bomb = (first: string, next: (above: string) => string): string =>
  [`a: &a ${first}`, ...[...'bcdefghi'].map((name, at) => `${name}: &${name} ${next(`*${'abcdefgh'[at]}`)}`)].join(
    '\n',
  );

it.each([
  ['an alias bomb', bomb('[x,x,x,x,x,x,x,x,x]', (above) => `[${Array(9).fill(above)}]`)],
  ['a bomb of merge keys', bomb('{x: 1}', (above) => `{<<: [${Array(9).fill(above)}]}`)],
  ['lists in lists', '['.repeat(100_000)],
  ['lists in lists in blocks', '- '.repeat(100_000)],
  ['keys in keys', '? '.repeat(100_000)],
  ['maps in maps', '{a: '.repeat(100_000)],
  ['a megabyte and more', 'a'.repeat(limit + 1)],
])('the reader gives up on %s', (_, text) => {
  expect(['not-read', 'refused']).toContain(read(text));
});
