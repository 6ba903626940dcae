import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textAt } from '../../../../../lambda/core/next-node/read/carriers/located.ts';
import {
  concatenated,
  editableRange,
  replaced,
  verbatimText,
} from '../../../../../lambda/core/next-node/read/carriers/mapped-text.ts';
import { readJson, readYaml } from '../../../../../lambda/core/next-node/read/carriers/read-documents.ts';

const word = fc.stringMatching(/^[a-z]{1,6}$/);
/** Text as user data has it: words, blanks, quotes, backslashes, line ends, letters of more than one byte. */
const separators = [' ', '\n', '\n\n', '"', "'", '\\', ': ', '#', 'ä', '😀', '\t', '- '];
const filling = fc
  .array(fc.oneof(word, fc.constantFrom(...separators)), { maxLength: 12 })
  .map((parts) => parts.join(''));

const hasEscapes = (text: string): boolean => /[\n\t"\\]/.test(text);

/** How a file may hold a text, with the reader that finds it again. */
const carriers: Readonly<Record<string, (text: string) => string | undefined>> = {
  'a JSON string': (text) => (hasEscapes(text) ? undefined : `{"before": [1, "x"], "data": ${JSON.stringify(text)}}`),
  'a double-quoted YAML text': (text) => (hasEscapes(text) ? undefined : `before: 1\ndata: "${text}"\nbehind: 2\n`),
  'a single-quoted YAML text': (text) => (/[\n\t']/.test(text) ? undefined : `data: '${text}'\nbehind: 2\n`),
  'a literal block': (text) => block(text, '\n'),
  'a literal block in a file with CRLF': (text) => block(text, '\r\n'),
};

function block(text: string, lineEnd: string): string | undefined {
  if (/^[\s]|\t/.test(text)) return undefined;
  const lines = `${text}\n`.split('\n').slice(0, -1);
  const indented = lines.map((line) => (line === '' ? '' : `    ${line}`));
  return ['spec:', '  data: |+', ...indented, '', 'behind: 2', ''].join(lineEnd);
}

function read(file: string) {
  const parsed = readJson(file);
  const document = parsed.ok ? parsed : readYaml(file);
  const root = document.ok ? (Array.isArray(document.value) ? document.value[0] : document.value) : undefined;
  return textAt(root, 'data') ?? textAt(root, 'spec', 'data');
}

describe.each(Object.entries(carriers))('a text in %s', (_, write) => {
  it('has a place for every character, and an edit at the place of a word changes this word and no other byte', () => {
    let tried = 0;
    const wanted = fc.constantFrom('false', '0', 'Webhook', '/etc/ca.crt');
    fc.assert(
      fc.property(filling, filling, wanted, (before, behind, wanted) => {
        const text = `${before}MARKED${behind}`;
        const file = write(text);
        if (file === undefined) return;
        const found = read(file);
        expect(found?.text.startsWith(text)).toBe(true);
        const range = found && editableRange(found, before.length, before.length + 'MARKED'.length);
        expect(range).toBeDefined();
        if (!found || !range) return;

        expect(file.slice(range.start, range.end)).toBe('MARKED');
        expect(found.at[before.length]).toBe(range.start);
        const edited = file.slice(0, range.start) + wanted + file.slice(range.end);
        expect(read(edited)?.text).toBe(found.text.replace('MARKED', () => wanted));
        tried += 1;
      }),
      { seed: 28, numRuns: 300 },
    );
    expect(tried).toBeGreaterThan(50);
  });
});

const shown = (range?: { readonly start: number; readonly end: number }) => range && `${range.start}-${range.end}`;

it('gives no range where an edit would touch more than was asked for', () => {
  const folded = read('data: >\n  one\n  two\n');
  expect(folded?.text).toBe('one two\n');
  expect(folded && editableRange(folded, 0, 3)).toBeUndefined();
  const apart = { text: 'abcd', at: [0, 1, 7, 8], spelling: 'as-is' } as const;
  const ranges = ['02', '11', '21', '13', '24', '39', '45'].map(([start, end]) =>
    editableRange(apart, Number(start), Number(end)),
  );
  expect(ranges.map(shown).join()).toBe('0-2,,,,7-9,,');
  const lines = read(JSON.stringify({ data: 'a\nb' }));
  expect(lines && editableRange(lines, 0, 1)).toBeUndefined();
});

it('joins texts of one spelling, and one of several is edited nowhere', () => {
  const [first, second] = [verbatimText('ab', 0), verbatimText('c', 5)];
  expect(concatenated([first, second])).toEqual({ text: 'abc', at: [0, 1, 5], spelling: 'as-is' });
  expect(concatenated([first, { ...second, spelling: 'quoted' }]).spelling).toBe('encoded');
  expect(concatenated([])).toEqual({ text: '', at: [], spelling: 'as-is' });
});

it('replaces matches, and everything else keeps its place', () => {
  const by = ([match]: RegExpExecArray) => (match === 'b' ? 'XY' : verbatimText('Z', 9));
  const made = replaced(verbatimText('abcd', 3), /[bd]/g, by);
  expect(made).toEqual({ text: 'aXYcZ', at: [3, 4, 4, 5, 9], spelling: 'as-is' });
  expect(shown(editableRange(made, 1, 3))).toBeUndefined();
});
