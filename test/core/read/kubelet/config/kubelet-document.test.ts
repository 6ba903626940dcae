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

  it('follows merge keys: of two, the one that stands later wins; of a list, the first', () => {
    expect(tree('a: &x {b: 1, c: 1}\nd: {b: 2, <<: *x}\ne: {<<: *x, b: 2}')).toMatchObject({
      d: { b: 1, c: 1 },
      e: { b: 2, c: 1 },
    });
    expect(tree('x: &x {b: 1}\ny: &y {b: 2, c: 2}\nz: {<<: [*x, *y]}')).toMatchObject({ z: { b: 1, c: 2 } });
  });

  it('sorts the keys of YAML by their bytes, and keeps the order of JSON', () => {
    const keys = (text: string) => {
      const parsed = parseDocument(text, 'main');
      return parsed.ok && parsed.value.tree instanceof Map && [...parsed.value.tree.keys()];
    };
    expect(keys('b: 1\na: 1\nB: 1\n\uff5e: 1\n\u{1f600}: 1\n')).toEqual(['B', 'a', 'b', '\uff5e', '\u{1f600}']);
    expect(keys('{"b":1,"a":1}')).toEqual(['b', 'a']);
  });

  it.each([
    ['JSON cut in the middle', '{"a": "hunter2', 'refused', /^line 1, column 7: not a valid string$/],
    ['YAML flow that only looks like JSON', '{a: 1, b: hunter2}', 'refused', /^line 1, column 2/],
    ['a tag that does not fit', 'a: !!bool hunter2', 'refused', /^line 1/],
    ['a key of more than 1,024 characters', `${'hunter2'.repeat(147)}: 1`, 'not-read', /^line 1/],
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
    ['60,000 quotes', '"'.repeat(60_000)],
    ['20,000 anchors', '&a '.repeat(20_000)],
    ['60,000 brackets', ']'.repeat(60_000)],
    ['30,000 commas', `[${','.repeat(30_000)}]`],
    ['more than 128 KB', `a: ${'x'.repeat(2 * limit)}`],
    ['120,000 anchors', '&a '.repeat(40_000)],
  ])('refuses %s without crashing', (_, text) => {
    expect(parseDocument(text, 'main').ok).toBe(false);
  });

  it('is read up to 128 KB, to the character', () => {
    const sized = (size: number) => `a: ${'x'.repeat(size - 3)}`;
    expect(parseDocument(sized(128 * 1024), 'main').ok).toBe(true);
    expect(parseDocument(sized(128 * 1024 + 1), 'main').ok).toBe(false);
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
