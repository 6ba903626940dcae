import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parseDocument } from '../../../../../lambda/core/read/kubelet/config/kubelet-document.ts';
import { parseJson } from '../../../../../lambda/core/read/kubelet/documents/parse-json.ts';
import { parseYaml } from '../../../../../lambda/core/read/kubelet/documents/parse-yaml.ts';
import type { Tree } from '../../../../../lambda/core/read/kubelet/documents/tree.ts';
import { fromTree, plainJson } from '../../../model/plain-json.ts';

const limit = 64 * 1024;
const tree = (text: string): unknown => {
  const parsed = parseDocument(text, 'main');
  return parsed.ok ? fromTree(parsed.value.tree) : parsed.error.because;
};
const kindOfFault = (text: string) => {
  const parsed = parseDocument(text, 'main');
  return parsed.ok ? 'none' : parsed.error.kind;
};
const firstValue = (text: string, kind: 'main' | 'drop-in' = 'main'): Tree | undefined => {
  const parsed = parseDocument(text, kind);
  return parsed.ok && parsed.value.tree instanceof Map ? parsed.value.tree.get('a') : undefined;
};

describe('a document', () => {
  it('reads JSON as JSON.parse does, on random values', () => {
    fc.assert(
      fc.property(plainJson, fc.constantFrom(0, 2, '\t'), (value, indent) => {
        const parsed = parseJson(JSON.stringify(value, undefined, indent), limit);
        expect(parsed.ok && fromTree(parsed.value.tree)).toEqual(value);
      }),
    );
  });

  it('reads YAML as it was written, on random values', () => {
    fc.assert(
      fc.property(plainJson, fc.constantFrom('PLAIN', 'QUOTE_DOUBLE'), (value, defaultStringType) => {
        // Written plain, `+_0` is a string to the library that writes it and 0 to the kubelet.
        fc.pre(defaultStringType !== 'PLAIN' || !JSON.stringify(value).includes('_'));
        const text = stringify(value, { version: '1.1', aliasDuplicateObjects: false, defaultStringType });
        const parsed = parseYaml(text, limit);
        expect(parsed.ok && fromTree(parsed.value.tree)).toEqual(value);
      }),
      { numRuns: 60 },
    );
  });

  it('refuses as JSON whatever JSON.parse refuses', () => {
    const jsonLike = fc.string({
      unit: fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        '"',
        ':',
        ',',
        '1',
        '-',
        '.',
        'e',
        '\\',
        'u',
        'true',
        'null',
        ' ',
        '\n',
        '\u0001',
      ),
    });
    fc.assert(
      fc.property(jsonLike, (text) => {
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        expect(parseJson(text, limit).ok).toBe(valid);
      }),
      { numRuns: 500 },
    );
  });

  it.each(['yes', 'Yes', 'on', 'true', 'TRUE'])('takes the YAML 1.1 word %s as true', (word) => {
    expect(firstValue(`a: ${word}`)).toBe(true);
  });

  it.each([
    ['0x10', 16],
    ['0o7', 7],
    ['0b11', 3],
    ['010', 8],
    ['08', 8],
    ['1_000', 1000],
    ['+1', 1],
    ['-0', 0],
    ['1.0', 1],
    ['1e1', 10],
    ['.5', 0.5],
    ['y', true],
    ['N', false],
    ['1:30', '1:30'],
    ['2026-11-24', '2026-11-24'],
    ['1e999', '1e999'],
    ['<<', '<<'],
    ['=', '='],
    ['tRUE', 'tRUE'],
    ['!!str 5', '5'],
    ['!!int "5"', 5],
    ['!!float 5', 5],
    ['!!null ""', null],
    ['!vault word', 'word'],
    ['! "5"', '5'],
  ])('resolves %s as goyaml does: %j', (word, value) => {
    expect(firstValue(`a: ${word}`)).toEqual(value);
  });

  it.each(['1.0', '1e1', '1E400', '12345678901234567890'])(
    'does not take %s in JSON as a whole number, as Go decodes it into an integer',
    (number) => {
      expect(firstValue(`{"a":${number}}`)).toBeNaN();
    },
  );

  it('takes it as one in a drop-in, which Go decodes into a map first', () => {
    expect([firstValue('{"a":1.0}', 'drop-in'), firstValue('{"a":1e1}', 'drop-in')]).toEqual([1, 10]);
    expect(parseDocument('{"a":1E400}', 'drop-in')).toMatchObject({ ok: false, error: { kind: 'refused' } });
  });

  it('keeps a quoted word a word', () => {
    expect([firstValue('a: "yes"'), firstValue("a: '0'"), firstValue('a: ~')]).toEqual(['yes', '0', null]);
  });

  it('follows aliases', () => {
    expect(tree('a: &x {b: 1}\nc: *x\n')).toEqual({ a: { b: 1 }, c: { b: 1 } });
  });

  it('follows merge keys: of two, the one that stands later wins; of a list, the first', () => {
    expect(tree('a: &x {b: 1, c: 1}\nd: {b: 2, <<: *x}\ne: {<<: *x, b: 2}')).toMatchObject({
      d: { b: 1, c: 1 },
      e: { b: 2, c: 1 },
    });
    expect(tree('x: &x {b: 1}\ny: &y {b: 2, c: 2}\nz: {<<: [*x, *y]}')).toMatchObject({ z: { b: 1, c: 2 } });
  });

  it('looks at the first document only, as the kubelet does', () => {
    expect(tree('a: 1\n---\nb: [')).toEqual({ a: 1 });
    expect(tree('%YAML 1.1\n---\na: yes\n...\nrubbish: [')).toEqual({ a: true });
  });

  it('spells keys that are no words as JSON does', () => {
    expect(tree('yes: 1\n16: 2\n')).toEqual({ true: 1, 16: 2 });
  });

  it('sorts the keys of YAML by their bytes, and keeps the order of JSON', () => {
    const keys = (text: string) => {
      const parsed = parseDocument(text, 'main');
      return parsed.ok && parsed.value.tree instanceof Map && [...parsed.value.tree.keys()];
    };
    expect(keys('b: 1\na: 1\nB: 1\n\uff5e: 1\n\u{1f600}: 1\n')).toEqual(['B', 'a', 'b', '\uff5e', '\u{1f600}']);
    expect(keys('{"b":1,"a":1}')).toEqual(['b', 'a']);
  });

  it('takes CRLF for one line end, and tabs behind words', () => {
    expect(tree('a:\t1\r\nb: {\tc:\t2 }\r\n')).toEqual({ a: 1, b: { c: 2 } });
  });

  it('reads a YAML file with a byte order mark, with --- and with comments', () => {
    expect(tree('\ufeff---\n# note\na: 1 # more\n')).toEqual({ a: 1 });
  });

  it('tells the place of a key that is there twice, and keeps the last', () => {
    expect(parseDocument('{\n "a": {"b": 1,\n "b": 2}}', 'main')).toMatchObject({
      ok: true,
      value: { repeatedKeys: [{ path: ['a', 'b'], place: 'line 3, column 2' }] },
    });
    expect(parseDocument('a:\n  b: 1\n  b: 2\n', 'main')).toMatchObject({
      ok: true,
      value: { repeatedKeys: [{ path: ['a', 'b'], place: 'line 3, column 3' }] },
    });
    expect(tree('a: 1\na: 2')).toEqual({ a: 2 });
  });

  it.each([
    ['JSON cut in the middle', '{"a": "hunter2', 'refused', /^line 1, column 7: not a valid string$/],
    ['a comma too much', '{"a": 1,\n}', 'refused', /^line 2, column 1: a string is expected$/],
    ['text behind JSON', '{} {}', 'refused', /^line 1, column 4: text after/],
    ['YAML flow that only looks like JSON', '{a: 1}', 'refused', /^line 1, column 2/],
    ['bad indentation', 'a: 1\n b: 2', 'refused', /^line 2, column 3/],
    ['a tab as indentation', 'a:\n\tb: 1', 'refused', /^line 2/],
    ['a tab behind a dash', 'a:\n-\tb', 'refused', /^line 2/],
    ['another version of YAML', '%YAML 1.2\n---\na: yes', 'refused', /%YAML/],
    ['a map as key', '? {a: 1}\n: 2', 'refused', /^line 1.*key/],
    ['null as key', '~: 2', 'refused', /^line 1.*key/],
    ['a key of more than 1,024 characters', `${'k'.repeat(1025)}: 1`, 'refused', /^line 1/],
    ['an alias of nothing', 'a: *x', 'refused', /^line 1/],
    ['an alias of itself', 'a: &x [*x]', 'refused', /^line 1/],
    ['a merge of a word', 'a: {<<: b}', 'refused', /merge key/],
    ['infinity, which JSON has not', 'a: .inf', 'refused', /^line 1/],
    ['a tag that does not fit', 'a: !!bool hunter2', 'refused', /^line 1/],
    ['bytes in base64 that are no text', 'a: !!binary /w==', 'not-read', /^line 1/],
    ['an escape that YAML 1.1 has not', 'a: "\\/"', 'refused', /escape/],
    ['half a surrogate pair', 'a: "\\ud83d\\ude00"', 'refused', /escape/],
    ['a question mark in a flow collection', 'a: {b: c?d}', 'refused', /^line 1/],
    ['a control character', '# \u0007\na: 1', 'refused', /control character/],
    ['DEL', '# \u007f\na: 1', 'refused', /control character/],
    ['U+FFFD, behind which there may be no UTF-8', 'a: \ufffd', 'not-read', /UTF-8/],
  ] as const)('refuses %s, with its place and without its text', (_, text, kind, error) => {
    expect(tree(text)).toMatch(error);
    expect(kindOfFault(text)).toBe(kind);
    expect(tree(text)).not.toContain('hunter2');
  });

  const bomb = [
    'a0: &a0 [x,x,x,x,x,x,x,x,x,x]',
    ...Array.from({ length: 9 }, (_, at) => `a${at + 1}: &a${at + 1} [${`*a${at},`.repeat(10)}]`),
  ].join('\n');
  it.each([
    ['10,000 levels of JSON', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
    ['10,000 levels of lists', '['.repeat(10_000)],
    ['10,000 dashes', `${'- '.repeat(10_000)}a`],
    ['10,000 question marks', '? '.repeat(10_000)],
    ['251 levels of JSON', `${'{"a":'.repeat(251)}1${'}'.repeat(251)}`],
    ['251 levels of YAML', `${'[ '.repeat(252)}${'] '.repeat(252)}`],
    ['an alias bomb', bomb],
    ['60,000 brackets', ']'.repeat(60_000)],
    ['30,000 commas', `[${','.repeat(30_000)}]`],
    ['more than 128 KB', `a: ${'x'.repeat(2 * limit)}`],
  ])('refuses %s without crashing or hanging', (_, text) => {
    const start = process.cpuUsage();
    expect(parseDocument(text, 'main').ok).toBe(false);
    expect(process.cpuUsage(start).user).toBeLessThan(5_000_000);
  });

  it('is read 250 levels deep, and not 251', () => {
    const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
    const inYaml = (levels: number) => `${'[ '.repeat(levels)}1${' ]'.repeat(levels)}`;
    expect([parseDocument(nested(250), 'main').ok, parseDocument(nested(251), 'main').ok]).toEqual([true, false]);
    expect([parseDocument(inYaml(250), 'main').ok, parseDocument(inYaml(251), 'main').ok]).toEqual([true, false]);
    expect(kindOfFault(nested(251))).toBe('not-read');
  });

  it('is read up to 128 KB, to the character', () => {
    const sized = (size: number) => `a: ${'x'.repeat(size - 3)}`;
    expect(parseDocument(sized(128 * 1024), 'main').ok).toBe(true);
    expect(parseDocument(sized(128 * 1024 + 1), 'main').ok).toBe(false);
  });

  it('names at most 100 keys that are there twice', () => {
    const text = `{${Array.from({ length: 300 }, () => '"a":1').join(',')}}`;
    const parsed = parseDocument(text, 'main');
    expect(parsed.ok && parsed.value.repeatedKeys).toHaveLength(100);
  });

  it('keeps __proto__ a key like any other', () => {
    const parsed = parseDocument('{"__proto__": {"polluted": true}}', 'main');
    expect(parsed.ok && parsed.value.tree instanceof Map && [...parsed.value.tree.keys()]).toEqual(['__proto__']);
    expect(parseDocument('__proto__: {polluted: true}', 'main').ok).toBe(true);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('never throws, whatever the bytes', () => {
    const yamlLike = fc.string({
      unit: fc.constantFrom(
        'a',
        ':',
        ' ',
        '\n',
        '- ',
        '? ',
        '{',
        '}',
        '[',
        ']',
        '&a ',
        '*a',
        '!',
        '|',
        '>',
        '"',
        "'",
        '#',
        '%',
        '---',
        '\t',
        '<<',
        '\ufeff',
        '\u0000',
      ),
    });
    fc.assert(
      fc.property(fc.oneof(yamlLike, fc.string({ unit: 'binary' })), (text) => void parseDocument(text, 'main')),
      { numRuns: 300 },
    );
  });
});
