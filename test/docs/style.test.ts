import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writtenPages } from './pages.ts';
import { commentSentences, pageSentences, programTexts, type Sentence, testTitles, wordsOf } from './sentences.ts';

const root = join(import.meta.dirname, '../..');
const mostWords = 28;

/** What has a comment to check: programs, the shell and awk of the SSM document that fixes nodes, and the settings. */
const code = [
  '{lambda,infra,packaging,test}/**/*.{ts,mjs}',
  'infra/documents/**/*.{sh,awk}',
  'deployment.yaml',
  '*.{ts,mjs}',
  '.dependency-cruiser.mjs',
];
const pages = [...writtenPages, 'SECURITY.md', 'CODE_OF_CONDUCT.md', '.github/pull_request_template.md'];

const page = readFileSync(join(root, 'docs/style.md'), 'utf8');
const list = page.split('## Words to avoid\n')[1]?.split('\n## ')[0] ?? '';
const words = [...list.matchAll(/^\| ([a-z ,]+?) +\|/gm)]
  .flatMap(([, cell = '']) => cell.split(', '))
  .filter((word) => word !== 'word');
const toAvoid = new RegExp(`\\b(${words.join('|')})\\b`, 'i');

/** Words in quotes or code are quoted, not used. */
const unquoted = (text: string): string => text.replaceAll(/`[^`]*`|"[^"]*"|\*[^*]+\*/g, '');

function faultsOf({ at, text }: Sentence): readonly string[] {
  const word = toAvoid.exec(unquoted(text))?.[0];
  const count = wordsOf(text);
  return [
    ...(word === undefined ? [] : [`${at} '${word}': ${text}`]),
    ...(count > mostWords ? [`${at} ${count} words: ${text}`] : []),
  ];
}

const comments = commentSentences(code);

describe('comments', () => {
  it('have no word to avoid and no sentence of more than 28 words (docs/style.md)', () => {
    expect(comments.flatMap(faultsOf)).toEqual([]);
  });
});

describe('titles of tests', () => {
  it('have no word to avoid and at most 28 words (docs/style.md)', () => {
    expect(testTitles(['test/**/*.test.ts']).flatMap(faultsOf)).toEqual([]);
  });
});

describe('texts of the program', () => {
  const texts = programTexts(['lambda/**/*.ts', 'infra/{config,constructs,release,stacks}/**/*.ts']);

  it('have no word to avoid (docs/style.md)', () => {
    const found = texts.filter(({ text }) => toAvoid.test(unquoted(text)));
    expect(found.map(({ at, text }) => `${at}: ${text}`)).toEqual([]);
  });
});

it.each(pages)('%s has no word to avoid and no sentence of more than 28 words', (file) => {
  expect(pageSentences(file).flatMap(faultsOf)).toEqual([]);
});

describe('the check', () => {
  it('reads the words to avoid from docs/style.md', () => {
    expect(words).toContain('told');
    expect(words).toContain('lies in');
    expect(words.length).toBeGreaterThan(15);
  });

  it('finds a word to avoid, but not where it is quoted, and a long sentence', () => {
    const at = 'a.ts:1';
    expect(faultsOf({ at, text: 'The caller is told.' })).toEqual([`${at} 'told': The caller is told.`]);
    expect(faultsOf({ at, text: 'No "told" and no `told`.' })).toEqual([]);
    expect(faultsOf({ at, text: 'word '.repeat(28) })).toEqual([]);
    expect(faultsOf({ at, text: 'word '.repeat(29) })).toHaveLength(1);
  });
});
