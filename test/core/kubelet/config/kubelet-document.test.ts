import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parseDocument } from '../../../../lambda/core/kubelet/config/kubelet-document.ts';
import { parseJson } from '../../../../lambda/core/kubelet/documents/parse-json.ts';
import { parseYaml } from '../../../../lambda/core/kubelet/documents/parse-yaml.ts';
import type { Tree } from '../../../../lambda/core/kubelet/documents/tree.ts';
import { seconds } from '../../../patience.ts';
import { fromTree, plainJson } from '../plain-json.ts';

const limit = 64 * 1024;
const tree = (text: string): unknown => {
  const parsed = parseDocument(text);
  return parsed.ok ? fromTree(parsed.value.tree) : parsed.error;
};
const firstValue = (text: string): Tree | undefined => {
  const parsed = parseDocument(text);
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
      fc.property(plainJson, (value) => {
        const parsed = parseYaml(stringify(value, { version: '1.1', aliasDuplicateObjects: false }), limit);
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

  it.each(['0x10', '010', '1_000', '1:30', '2026-11-24', '+1', 'y', 'N', '.inf', '1.0'])(
    'does not guess the value of %s',
    (word) => {
      expect(firstValue(`a: ${word}`)).toBeNaN();
    },
  );

  it.each(['1.0', '1e1', '1E400', '12345678901234567890'])('does not take %s in JSON as a whole number', (number) => {
    expect(firstValue(`{"a":${number}}`)).toBeNaN();
  });

  it('keeps a quoted word a word', () => {
    expect([firstValue('a: "yes"'), firstValue("a: '0'"), firstValue('a: ~')]).toEqual(['yes', '0', null]);
  });

  it('follows aliases', () => {
    expect(tree('a: &x {b: 1}\nc: *x\n')).toEqual({ a: { b: 1 }, c: { b: 1 } });
  });

  it('reads a YAML file with a byte order mark, with --- and with comments', () => {
    expect(tree('\ufeff---\n# note\na: 1 # more\n')).toEqual({ a: 1 });
  });

  it('tells the place of a key that is there twice, and keeps the last', () => {
    expect(parseDocument('{\n "a": {"b": 1,\n "b": 2}}')).toMatchObject({
      ok: true,
      value: { repeatedKeys: [{ path: ['a', 'b'], place: 'line 3, column 2' }] },
    });
    expect(parseDocument('a:\n  b: 1\n  b: 2\n')).toMatchObject({
      ok: true,
      value: { repeatedKeys: [{ path: ['a', 'b'], place: 'line 3, column 3' }] },
    });
    expect(tree('a: 1\na: 2')).toEqual({ a: 2 });
  });

  it.each([
    ['JSON cut in the middle', '{"a": "hunter2', /^line 1, column 7: not a valid string$/],
    ['a comma too much', '{"a": 1,\n}', /^line 2, column 1: a string is expected$/],
    ['text behind JSON', '{} {}', /^line 1, column 4: text after/],
    ['YAML flow that only looks like JSON', '{a: 1}', /^line 1, column 2/],
    ['bad indentation', 'a: 1\n b: 2', /^line 1, column 4/],
    ['a tab as indentation', 'a:\n\tb: 1', /^line 2/],
    ['two documents', 'a: 1\n---\nb: 2', /^several documents/],
    ['nothing', '', /empty/],
    ['only comments', '# nothing\n', /empty/],
    ['an unknown tag', 'a: !vault hunter2', /^line 1/],
    ['another version of YAML', '%YAML 1.2\n---\na: yes', /%YAML/],
    ['a merge key', 'a: &x {b: 1}\nc:\n  <<: *x', /^line 3.*key/],
    ['a map as key', '? {a: 1}\n: 2', /^line 1.*key/],
    ['an alias of nothing', 'a: *x', /^line 1/],
    ['an alias of itself', 'a: &x [*x]', /^line 1/],
  ])('refuses %s, with its place and without its text', (_, text, error) => {
    expect(tree(text)).toMatch(error);
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
    ['101 levels of JSON', `${'{"a":'.repeat(101)}1${'}'.repeat(101)}`],
    ['101 levels of YAML', `${'[ '.repeat(102)}${'] '.repeat(102)}`],
    ['an alias bomb', bomb],
    ['60,000 quotes', '"'.repeat(60_000)],
    ['20,000 anchors', '&a '.repeat(20_000)],
    ['60,000 brackets', ']'.repeat(60_000)],
    ['30,000 commas', `[${','.repeat(30_000)}]`],
    ['15,000 documents', '---\n'.repeat(15_000)],
    ['more than 64 KB', `a: ${'x'.repeat(limit)}`],
  ])('refuses %s without crashing or hanging', (_, text) => {
    const start = performance.now();
    expect(parseDocument(text).ok).toBe(false);
    expect(performance.now() - start).toBeLessThan(seconds(5));
  });

  it('keeps __proto__ a key like any other', () => {
    const parsed = parseDocument('{"__proto__": {"polluted": true}}');
    expect(parsed.ok && parsed.value.tree instanceof Map && [...parsed.value.tree.keys()]).toEqual(['__proto__']);
    expect(parseDocument('__proto__: {polluted: true}').ok).toBe(true);
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
      fc.property(fc.oneof(yamlLike, fc.string({ unit: 'binary' })), (text) => void parseDocument(text)),
      { numRuns: 300 },
    );
  });
});
