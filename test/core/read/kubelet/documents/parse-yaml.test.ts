import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../../../../lambda/core/read/kubelet/documents/parse-yaml.ts';
import { fromTree } from '../../../model/plain-json.ts';

const limit = 1024 * 1024;
const treeOf = (text: string): unknown => {
  const parsed = parseYaml(text, limit);
  return parsed.ok ? fromTree(parsed.value.tree) : parsed.error;
};
const refused = (because: string) => ({ kind: 'refused', because });
const notRead = (because: string) => ({ kind: 'not-read', because });
const differently = notRead('a line end or a tab that YAML readers see differently');

describe('a YAML text', () => {
  it('is read up to its limit, to the character', () => {
    expect(parseYaml('a: 1', 4).ok).toBe(true);
    expect(parseYaml('a: 1', 3)).toEqual({ ok: false, error: notRead('longer than 3 characters') });
  });

  it.each([
    '\0',
    '\b',
    '\v',
    '\f',
    '\u000e',
    '\u001f',
    '\u007f',
    '\u0084',
    '\u0086',
    '\u009f',
    '\ufffe',
    '\uffff',
    '\ud800',
    '\udfff',
  ])('holds no character %j, not even in a comment', (character) => {
    expect(treeOf(`a: 1 # ${character}`)).toEqual(refused('a control character'));
  });

  it.each(['\t', ' ', '~', '\u00a0', '\ufffc', '\u{1f600}'])('may hold %j', (character) => {
    expect(treeOf(`a: "x${character}y"`)).toEqual({ a: `x${character}y` });
  });

  it.each(['a: "x\ufffdy"', '\ta: 1', 'a:\n  \tb: 1', '-\t1', 'a:\n  -  \t1', '?\ta', ':\ta', ' \ufeffa: 1'])(
    'is not read where goyaml may see something else: %j',
    (text) => {
      expect(treeOf(text)).toEqual(differently);
    },
  );

  it.each([
    ['a: 1\r\nb: 2\r\n', { a: 1, b: 2 }],
    ['\ufeffa: 1', { a: 1 }],
    ['a:\t1', { a: 1 }],
    ['-a:\t1', { '-a': 1 }],
    ['- 1\t# x', [1]],
  ])('is read where both see the same: %j', (text, tree) => {
    expect(treeOf(text)).toEqual(tree);
  });

  it.each([
    ['', refused('the document is empty')],
    ['# x\n', refused('the document is empty')],
    ['%YAML 1.2\n---\na: 1', refused('a %YAML directive of another version than 1.1')],
    ['a: 1\n]', notRead('line 2, column 1: not valid YAML')],
    ['- a\n}', notRead('line 2, column 1: not valid YAML')],
    ['a:\n  b: 1\n ]', notRead('line 3, column 2: not valid YAML')],
    ['a: [', notRead('line 1, column 5: not valid YAML (BAD_INDENT)')],
    ['a: 1\nb', notRead('line 2, column 1: not valid YAML (MISSING_CHAR)')],
    ['a: *x', refused('line 1, column 4: an alias of nothing that stands before it')],
    ['a: 1\nb: &x [1, *x]', refused('line 2, column 11: an alias of nothing that stands before it')],
    ['a: "\\q"', notRead('line 1, column 5: not valid YAML (BAD_DQ_ESCAPE)')],
    ['a: "\\/"', refused('line 1, column 4: an escape that the kubelet does not know')],
    ['a: {b: c?}', refused("line 1, column 8: a '?' in a flow collection")],
    ['[x, [y?]]', refused("line 1, column 6: a '?' in a flow collection")],
    ['a: .inf', refused('line 1, column 4: a value of a type that JSON has not, or that its tag does not fit')],
    [
      'a: !!binary aGk',
      refused('line 1, column 13: a value of a type that JSON has not, or that its tag does not fit'),
    ],
    [
      'a: !!binary /w==',
      notRead('line 1, column 13: a value of a type that JSON has not, or that its tag does not fit'),
    ],
    ['a: "x\u2028 y"', notRead('line 1, column 4: a line end or a tab that YAML readers see differently')],
    ["a: 'x\u2029 y'", notRead('line 1, column 4: a line end or a tab that YAML readers see differently')],
    ['a: &é 1', notRead('line 1, column 7: an anchor whose name the kubelet reads otherwise')],
    ['a: &b:c 1', notRead('line 1, column 9: an anchor whose name the kubelet reads otherwise')],
    ['a: &b.c 1\nd: *b.c', notRead('line 1, column 9: an anchor whose name the kubelet reads otherwise')],
    ['a: {b:{c: 1}}', notRead('line 1, column 5: a key without a blank behind its colon')],
    ['a: {b:, c: 1}', notRead('line 1, column 5: a key without a blank behind its colon')],
    ['{"a\n": 1}', refused('line 1, column 2: a key on two lines')],
    ['%TAG !é! tag:yaml.org,2002:\n---\na: 1', notRead('a %TAG directive whose handle this program does not know')],
    ['? [1]\n: 2', refused('line 1, column 3: a key that is no word')],
    ['~: 2', refused('line 1, column 1: a key that is no word')],
    ['a: {<<: b}', refused('line 1, column 5: a merge key of something that is no map')],
    ['a: {<<: [{b: 1}, c]}', refused('line 1, column 5: a merge key of something that is no map')],
  ])('that is none says where and why: %j', (text, fault) => {
    expect(treeOf(text)).toEqual(fault);
  });

  it.each([
    ['a: b?c', { a: 'b?c' }],
    ['{a: "b?c"}', { a: 'b?c' }],
    ['%YAML 1.1\n---\na: yes', { a: true }],
    ['a: 1\n---\nb: [', { a: 1 }],
    ['a: 1\n...\n]', { a: 1 }],
    ['!!map {a: 1}', { a: 1 }],
    ['!x [1]', [1]],
    ['a:\nb: ""\n', { a: null, b: '' }],
    ['a: !!str\n', { a: '' }],
    ['"<<": 1', { '<<': 1 }],
    ["'.inf': 1\n-.INF: 2\n.NaN: 3\n", { '.inf': 1, '-.INF': 2, '.NaN': 3 }],
    ['1.5: a\ntrue: b', { '1.5': 'a', true: 'b' }],
    ['? a\n', { a: null }],
    ['a: |\n  x\n  y\n', { a: 'x\ny\n' }],
    ['[a, {b: [c]}]', ['a', { b: ['c'] }]],
    ['a: &x 1\nb: *x\nc: &x 2\nd: *x', { a: 1, b: 1, c: 2, d: 2 }],
    ['? &k a\n: *k', { a: 'a' }],
    ['a: |-#c\n  /x\nb: 1', { a: '/x', b: 1 }],
    ["a: 'x'# c\nb: 1", { a: 'x', b: 1 }],
    ['a: !!binary aGk=', { a: 'hi' }],
    ['a: !\nb: ! true', { a: '', b: 'true' }],
    ['a: {\nb: {c: 1}\n}\nd: 2', { a: { b: { c: 1 } }, d: 2 }],
    ['a: [\n1,\n2\n]', { a: [1, 2] }],
    // The first document ends where a line is indented less than its first key.
    [' a: 1\n b: 2\nc: 3', { a: 1, b: 2 }],
    ['\ufeff a: 1\nc: 3', { a: 1 }],
    ['\ufeff\ufeffa: 1\nc: 3', { a: 1 }],
    ['# x\n  a: 1\n# y\n  b: 2\n c: 3', { a: 1, b: 2 }],
    [' a: |\n  x\nb: 1', { a: 'x\n' }],
    // What else ends a line in YAML 1.1.
    ['a: 1\rb: 2\r', { a: 1, b: 2 }],
    ['# x\u0085a: 1', { a: 1 }],
    ['# x\u2028a: 1\u2029b: 2', { a: 1, b: 2 }],
    ['a: "x\u0085 y"', { a: 'x y' }],
    // A tab between the tokens of the one collection that the document is.
    ['# c\n{\n\t"a": 1\n\t}', { a: 1 }],
    ['\ufeff{\n\t"a": 1\n}', { a: 1 }],
    // A byte order mark inside of a word is a letter of it.
    ['a\ufeff: 1\nb: \ufeff', { 'a\ufeff': 1, b: '\ufeff' }],
  ])('reads %j as goyaml does', (text, tree) => {
    expect(treeOf(text)).toEqual(tree);
  });

  it('knows the escapes of goyaml in double quotes, and no others', () => {
    expect(treeOf('"\\0\\a\\b\\t\\n\\v\\f\\r\\e\\ \\"\\\\\\N\\_\\L\\P\\x4a\\u004B\\ud7ff\\ue000\\U0001f600"')).toBe(
      '\0\u0007\b\t\n\v\f\r\u001b "\\\u0085\u00a0\u2028\u2029JK\ud7ff\ue000\u{1f600}',
    );
    expect([treeOf('"a\\\n  b"'), treeOf('"a\\\r\n  b"'), treeOf('"a\\\tb"')]).toEqual(['ab', 'ab', 'a\tb']);
    for (const half of ['\\ud800', '\\uD8ff', '\\udfff', '\\uDBFF'])
      expect(treeOf(`"${half}"`)).toEqual(refused('line 1, column 1: an escape that the kubelet does not know'));
    expect([treeOf("'\\/'"), treeOf('\\/')]).toEqual(['\\/', '\\/']);
  });

  it('has keys of at most 1,024 characters, those behind a question mark aside', () => {
    const key = (length: number) => `? ${'k'.repeat(length)}\n: 1`;
    expect(treeOf(key(1024))).toEqual({ ['k'.repeat(1024)]: 1 });
    expect(treeOf(key(1025))).toEqual({ ['k'.repeat(1025)]: 1 });
    expect(treeOf(`{${'k'.repeat(1025)}: 1}`)).toEqual(refused('line 1, column 2: a key that is too long'));
  });

  it('has at most 250 levels, of maps and lists together', () => {
    const nested = (levels: number) => `${'[{a: '.repeat(levels / 2)}1${'}]'.repeat(levels / 2)}`;
    expect(parseYaml(nested(250), limit).ok).toBe(true);
    expect(treeOf(nested(252))).toEqual(notRead('line 1, column 627: nested deeper than 250 levels'));
    // What was left behind counts no more.
    expect(parseYaml('- [{a: []}]\n'.repeat(200), limit).ok).toBe(true);
  });

  it('makes at most 100,000 values, counting what aliases repeat', () => {
    // A list and 99 words are 100 values; the document's own list, and the list that names it, are one each.
    const repeated = (times: number, more: string) => `[&a [${'x,'.repeat(99)}], ${'*a,'.repeat(times)}${more}]`;
    expect(parseYaml(repeated(998, `${'y,'.repeat(99)}`), limit).ok).toBe(true);
    expect(treeOf(repeated(998, `${'y,'.repeat(100)}`))).toMatchObject({
      kind: 'not-read',
      because: expect.stringMatching(/: aliases that repeat too much$/),
    });
  });

  it('tells each key that is there twice, merged ones too, and keeps the last', () => {
    const parsed = parseYaml('a: &x {b: 1}\nc:\n- {b: 2, <<: *x}\n- {b: 1, b: 2}\na: 3\n', limit);
    expect(parsed.ok && [parsed.value.repeatedKeys, fromTree(parsed.value.tree)]).toEqual([
      [
        { path: ['c', '[]', 'b'], place: 'line 3, column 10' },
        { path: ['c', '[]', 'b'], place: 'line 4, column 10' },
        { path: ['a'], place: 'line 5, column 1' },
      ],
      { a: 3, c: [{ b: 1 }, { b: 2 }] },
    ]);
  });

  it('tells at most 100 of them', () => {
    const parsed = parseYaml('a: 1\n'.repeat(150), limit);
    expect(parsed.ok && parsed.value.repeatedKeys).toHaveLength(100);
  });

  it('takes only a plain << for a merge key, or one with its tag', () => {
    expect(treeOf('a: {"<<": {b: 1}}')).toEqual({ a: { '<<': { b: 1 } } });
    expect(treeOf('a: {!!merge "<<": {b: 1}}')).toEqual({ a: { b: 1 } });
    expect(treeOf('a: {"<": 1}')).toEqual({ a: { '<': 1 } });
  });
});
