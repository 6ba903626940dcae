import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { threatsByActor, withThreats } from './threats-table.ts';

const threats = threatsByActor.flatMap((each) => each.threats);

/** As the title is in the source: whole, between quotes. */
const isIn = (source: string, title: string): boolean =>
  ["'", '"', '`'].some((quote) => source.includes(`${quote}${title}${quote}`));

it('docs/threat-model.md has the table that npm run docs makes', () => {
  const page = readFileSync('docs/threat-model.md', 'utf8');
  expect(withThreats(page)).toBe(page);
});

it('has more than 20 promises', () => {
  expect(threats.length).toBeGreaterThan(20);
});

it.each(threats)('proves “$promise” ($can) by a test that is there, by its title', ({ tests }) => {
  expect(Object.values(tests).flat()).not.toEqual([]);
  for (const [file, titles] of Object.entries(tests)) {
    expect(existsSync(file), file).toBe(true);
    for (const title of titles) expect(isIn(readFileSync(file, 'utf8'), title), `${file}: ${title}`).toBe(true);
  }
});
