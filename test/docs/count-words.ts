import { textOf, wordsIn, writtenPages } from './pages.ts';

// `npm run docs:count`: the words of README and docs, without code, decisions and what is generated from data.
const counts = writtenPages.map((page) => ({ page, words: wordsIn(textOf(page)) }));
for (const { page, words } of counts.toSorted((one, other) => other.words - one.words))
  console.log(`${String(words).padStart(6)}  ${page}`);
console.log(`${String(counts.reduce((sum, { words }) => sum + words, 0)).padStart(6)}  together`);
