import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { YamlNode } from '../../../../../../lambda/core/read/kubelet/documents/goyaml/nodes.ts';
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
    ['a line end of LS', 'a: 1\u2028b: 2', { a: 1, b: 2 }],
    ['a line end of PS, which stays in a text', 'a: "x\u2029 y"', { a: 'x\u2029y' }],
    ['a line end of CR alone', 'a: 1\rb: 2', { a: 1, b: 2 }],
    ['a tab behind a value', 'a: 1\t\nb: 2', { a: 1, b: 2 }],
    ['a tab behind a colon', 'a:\t1', { a: 1 }],
    ['a tab before a key', 'a:\n\tb: 1', 'refused'],
    ['a tab in a flow collection', '{a:\t1,\n\tb: 2}', { a: 1, b: 2 }],
    ['a tab inside the indentation of a plain text', 'a:\n  x\n\ty', 'refused'],
    ['a tab where a block text is indented', 'a: |\n\tx', 'refused'],
    ['a byte order mark', '\ufeffa: 1', { a: 1 }],
    ['UTF-16 behind its mark', new Uint8Array([0xff, 0xfe, 0x61, 0, 0x3a, 0, 0x20, 0, 0x31, 0]), { a: 1 }],
    ['a byte that is no UTF-8', new Uint8Array([0x61, 0x3a, 0x20, 0xff]), 'refused'],
    ['a control character', 'a: \u0001', 'refused'],
    ['the first of two documents', 'a: 1\n---\na: 2', { a: 1 }],
    ['the first of two documents, the second being wrong', 'a: 1\n---\n]]', { a: 1 }],
    ['a document behind its end', 'a: 1\n...\nb: 2', { a: 1 }],
    ['nothing but comments', '# x\n', null],
    ['a directive of 1.1', '%YAML 1.1\n---\na: 1', { a: 1 }],
    ['a directive of 1.2', '%YAML 1.2\n---\na: 1', 'refused'],
    ['a directive without a document', '%YAML 1.1\na: 1', 'refused'],
    ['a list as far left as its key', 'a:\n- 1\n- 2\nb: 3', { a: [1, 2], b: 3 }],
    ['a list without values', 'a:\n-\n-\n', { a: [null, null] }],
    ['a key with a ?', '? a\n: 1', { a: 1 }],
    ['a ? in a flow map, which begins a key', '{?a: 1}', { a: 1 }],
    ['a key over two lines in a flow map', '{a\n b: 1}', 'refused'],
    ['a key over two lines in a block', 'a\nb: 1', 'refused'],
    ['a pair in a flow list', '[a: 1, b]', [{ a: 1 }, 'b']],
    ['a comma at the end', '[1, 2,]', [1, 2]],
    ['two commas', '[1,, 2]', 'refused'],
    ['a value that is missing', '{a, b: }', { a: null, b: null }],
    ['a colon inside a value', 'a: b: c', 'refused'],
    ['a colon without a blank', 'a: b:c', { a: 'b:c' }],
    ['a dash that begins a word', 'a: -b', { a: '-b' }],
    ['a percent at the begin of a value', 'a: %b', 'refused'],
    ['a literal text', 'a: |\n  x\n   y\n\nb: 1', { a: 'x\n y\n', b: 1 }],
    ['a literal text with its indentation', 'a: |2-\n   x\n  y\n', { a: ' x\ny' }],
    ['a folded text', 'a: >+\n  x\n  y\n\n  z\n\n', { a: 'x y\nz\n\n' }],
    ['a literal text with an indentation of 0', 'a: |0\n  x', 'refused'],
    ['single quotes', "a: 'it''s\n  x'", { a: "it's x" }],
    ['escapes', String.raw`a: "\x41\u00e9\U0001F600\t\e\_"`, { a: 'Aé😀\t\u001b\u00a0' }],
    ['an escape that JSON has and YAML 1.1 has not', String.raw`a: "\/"`, 'refused'],
    ['an escape of half a character', String.raw`a: "\ud800"`, 'refused'],
    ['quotes that do not end', 'a: "x', 'refused'],
    [
      'words of YAML 1.1',
      'a: [yes, Off, ~, 0x1F, 0o17, 017, 1_000, .5, 1e3]',
      { a: [true, false, null, 31, 15, 15, 1000, 0.5, 1000] },
    ],
    ['a number that JSON has not', 'a: .inf', 'refused'],
    ['a tag that says it is a text', 'a: ! true', { a: 'true' }],
    ['a tag that does not fit', 'a: !!int x', 'refused'],
    ['a tag of its own', 'a: !x {b: 1}', { a: { b: 1 } }],
    ['a tag with an unknown handle', 'a: !x!y 1', 'refused'],
    ['a tag with its handle', '%TAG !x! tag:yaml.org,2002:\n---\na: !x!str 1', { a: '1' }],
    ['an anchor and its alias', 'a: &x {b: 1}\nc: *x', { a: { b: 1 }, c: { b: 1 } }],
    ['an alias inside its own anchor', 'a: &x [*x]', 'refused'],
    ['an alias of nothing', 'a: *x', 'refused'],
    ['the last of two anchors of one name', 'a: &x 1\nb: &x 2\nc: *x', { a: 1, b: 2, c: 2 }],
    [
      'a merge key, which overrides what stands before it',
      'x: &x {a: 1, b: 1}\nz: {a: 0, <<: *x, b: 2}',
      { x: { a: 1, b: 1 }, z: { a: 1, b: 2 } },
    ],
    [
      'the first of several that are merged',
      'x: [&x {a: 1}, &y {a: 2}]\nz: {<<: [*x, *y]}',
      { x: [{ a: 1 }, { a: 2 }], z: { a: 1 } },
    ],
    ['a merge key of a text', '<<: x', 'refused'],
    ['the last of a key that is there twice', 'a: 1\na: 2', { a: 2 }],
    ['a key that is a word of another type', 'yes: 1\n2: 3', { true: 1, 2: 3 }],
    ['a key that is null', '~: 1', 'refused'],
    ['a key that is a list', '[a]: 1', 'refused'],
    ['a number and a text as one key', '1: a\n"1": b', 'not-read'],
  ])('reads %s', (_, text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  const value = fc.jsonValue({ maxDepth: 4, noUnicodeString: false });

  it('reads any JSON as JSON does', () => {
    fc.assert(
      fc.property(value, (json) => {
        // YAML 1.1 has no `-0`, and no half characters.
        const text = JSON.stringify(json);
        fc.pre(
          text.isWellFormed() &&
            !/\\u[dD][89a-fA-F]|\\u00[01]|\\b|\\f|[\u007f-\u009f\ufeff\u2028\u2029\ufffe\uffff]|-0\b/.test(text),
        );
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

  it('knows where each value stands: what is written there is that value', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.oneof(fc.integer(), fc.boolean(), fc.string())),
        (given) => {
          const bytes = bytesOf(
            `# é😀\n${stringify({ deep: { values: given } }, { version: '1.1', defaultStringType: 'QUOTE_DOUBLE' })}`,
          );
          const document = yamlDocument(bytes, limit);
          if (!document.ok) return fc.pre(false);
          const { root, offsetOf } = document.value;
          const scalars = scalarsIn(root);
          for (const node of scalars) {
            const text = new TextDecoder().decode(bytes.subarray(offsetOf(node.start), offsetOf(node.end)));
            const again = yamlDocument(bytesOf(text), limit);
            expect(again.ok && again.value.root.kind === 'scalar' && again.value.root.value).toBe(node.value);
          }
          return undefined;
        },
      ),
    );
  });

  it('never throws, whatever the bytes', () => {
    const pieces = fc.constantFrom(
      'a',
      ':',
      ' ',
      '\n',
      '-',
      '?',
      '{',
      '}',
      '[',
      ']',
      ',',
      '&x',
      '*x',
      '<<',
      '|',
      '>',
      '"',
      "'",
      '\t',
      '#',
      '!',
      '%',
      '\r',
      '\u0085',
      '---',
      '...',
      '\ufeff',
      '1',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (words) => {
        expect(typeof yamlDocument(bytesOf(words.join('')), limit).ok).toBe('boolean');
      }),
      { numRuns: 1000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void yamlDocument(bytes, limit)));
  });
});

describe('limits', () => {
  it.each([
    [
      'an alias bomb',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
        .split('')
        .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`)}]`)
        .join('\n')}`,
    ],
    [
      'a bomb of merge keys',
      `a: &a {x: 1}\n${'bcdefghi'
        .split('')
        .map((name, index) => `${name}: &${name} {<<: [${Array(9).fill(`*${'abcdefgh'[index]}`)}]}`)
        .join('\n')}`,
    ],
    ['lists in lists', '['.repeat(100_000)],
    ['lists in lists in blocks', '- '.repeat(100_000)],
    ['keys in keys', '? '.repeat(100_000)],
    ['maps in maps', '{a: '.repeat(100_000)],
    ['a megabyte and more', 'a'.repeat(limit + 1)],
  ])('gives up on %s', (_, text) => {
    expect(['not-read', 'refused']).toContain(read(text));
  });
});

function scalarsIn(node: YamlNode): readonly (YamlNode & { readonly kind: 'scalar' })[] {
  switch (node.kind) {
    case 'scalar':
      return [node];
    case 'sequence':
      return node.items.flatMap((item) => scalarsIn(item));
    case 'mapping':
      return node.pairs.flatMap(({ key, value }) => [...scalarsIn(key), ...scalarsIn(value)]);
    case 'alias':
      return [];
  }
}
