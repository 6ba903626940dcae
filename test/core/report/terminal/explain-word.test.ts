import { expect, it } from 'vitest';
import { explainedWords, wordExplained } from '../../../../lambda/core/report/terminal/explain-word.ts';

const explained = (word: string) => wordExplained(word, { width: 60, bold: (text) => `*${text}*` });

it('each word of a legend is explained as it was reviewed, in lines that fit', () => {
  const all = explainedWords.map(explained).join('');
  expect(all.split('\n').filter((line) => line.length > 60)).toEqual([]);
  expect(all).toMatchSnapshot();
});

it('signs, capitals and blanks lead to their words, and no other word is explained', () => {
  const words = ['pass', 'fail', 'warn', 'unknown', 'waived', 'not-applicable', 'not-applicable', 'access'];
  expect(['✓', '✗', '!', '?', '~', '–', 'Not Applicable', 'ACCESS'].map(explained)).toEqual(words.map(explained));
  const others = ['', 'constructor', 'toString', 'acess', 'next  node'];
  expect(others.map(explained)).toEqual(others.map(() => undefined));
});
