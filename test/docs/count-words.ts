import { createHash } from 'node:crypto';
import { scriptArguments } from '../../packaging/script-arguments.ts';
import { textOf, wordsIn, writtenPages } from './pages.ts';
import { pageSentences, wordsOf } from './sentences.ts';
import { threatsByActor } from './threats-table.ts';

// `npm run docs:count`: the words of README, docs and the threats, without code, decisions and other text that is generated from data. Then two shares of
// the pages' sentences. `-- --sample 100` prints so many sentences, to be read by a person; `--seed TEXT` draws others.
const { sample, seed = '' } = scriptArguments('npm run docs:count -- [--sample COUNT] [--seed TEXT]', {
  options: { sample: { type: 'string' }, seed: { type: 'string' } },
}).values;
const threats = threatsByActor.flatMap(({ threats: all }) => all.flatMap(({ can, promise }) => [can, promise]));
const counts = [
  ...writtenPages.map((page) => ({ page, words: wordsIn(textOf(page)) })),
  { page: 'test/docs/threats.yaml', words: wordsIn(threats.join('\n')) },
];
for (const { page, words } of counts.toSorted((one, other) => other.words - one.words))
  console.log(`${String(words).padStart(6)}  ${page}`);
console.log(`${String(counts.reduce((sum, { words }) => sum + words, 0)).padStart(6)}  together`);

/** Sentences of at least four words: code, tables and headings don't count. */
const sentences = writtenPages.flatMap(pageSentences).filter(({ text }) => wordsOf(text) >= 4);
const share = (pattern: RegExp): string =>
  `${((100 * sentences.filter(({ text }) => pattern.test(text)).length) / sentences.length).toFixed(1)} %`;
console.log(`\nof ${sentences.length} sentences`);
console.log(
  `${share(/\b(what|whom|whose|of which|none|nothing|nobody|else)\b/i)}  contain what, whom, whose, of which, none, nothing, nobody or else`,
);
console.log(`${share(/\b(you|your|we|our)\b/i)}  contain you, your, we or our`);

if (sample !== undefined) {
  const at = (text: string) => createHash('sha256').update(`${seed}\n${text}`).digest('hex');
  const drawn = sentences.toSorted((one, other) => (at(one.text) < at(other.text) ? -1 : 1)).slice(0, Number(sample));
  console.log(`\n${drawn.map(({ at: page, text }, index) => `${index + 1}. ${page}: ${text}`).join('\n')}`);
}
