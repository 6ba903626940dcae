import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textAt } from '../../../../../lambda/core/next-node/read/carriers/located.ts';
import {
  concatenated,
  editableRange,
  mappedText,
  placeInFile,
} from '../../../../../lambda/core/next-node/read/carriers/mapped-text.ts';
import { readJson } from '../../../../../lambda/core/next-node/read/carriers/read-json.ts';
import { readYaml } from '../../../../../lambda/core/next-node/read/carriers/read-yaml.ts';

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
        expect(placeInFile(found, before.length)?.start).toBe(range.start);
        const edited = file.slice(0, range.start) + wanted + file.slice(range.end);
        expect(read(edited)?.text).toBe(found.text.replace('MARKED', () => wanted));
        tried += 1;
      }),
      { seed: 28, numRuns: 300 },
    );
    expect(tried).toBeGreaterThan(50);
  });
});

const run = (text: string, start: number) => ({ text, start, end: start + text.length });

it('gives no range where an edit would touch more than was asked for', () => {
  const folded = read('data: >\n  one\n  two\n');
  expect(folded?.text).toBe('one two\n');
  expect(folded && editableRange(folded, 0, 3)).toBeUndefined();
  const apart = { text: 'abcd', runs: [run('ab', 0), run('cd', 7)], spelling: 'as-is' } as const;
  const shown = (range?: { readonly start: number; readonly end: number }) => range && `${range.start}-${range.end}`;
  const ranges = ['02', '11', '21', '13', '24', '39', '45'].map(([start, end]) =>
    editableRange(apart, Number(start), Number(end)),
  );
  expect(ranges.map(shown).join()).toBe('0-2,,,,7-9,8-9,');
  expect([1, 2, 3, 4, 99].map((offset) => shown(placeInFile(apart, offset))).join()).toBe('1-2,7-8,8-9,7-9,7-9');
  const lines = read(JSON.stringify({ data: 'a\nb' }));
  expect(lines && editableRange(lines, 0, 1)).toBeUndefined();
});

it('joins texts of one spelling, and one of several is edited nowhere', () => {
  const [first, second] = [
    mappedText([run('a', 0), run('', 1), run('b', 1)], 'as-is'),
    mappedText([run('c', 5)], 'as-is'),
  ];
  expect(first.runs).toEqual([run('ab', 0)]);
  expect(concatenated([first, second])).toEqual({ text: 'abc', runs: [run('ab', 0), run('c', 5)], spelling: 'as-is' });
  expect(concatenated([first, { ...second, spelling: 'quoted' }]).spelling).toBe('encoded');
  expect(concatenated([])).toEqual({ text: '', runs: [], spelling: 'as-is' });
});
