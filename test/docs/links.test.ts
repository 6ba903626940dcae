import { globSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { brokenLinks } from './links.ts';
import { textOf } from './pages.ts';

const root = join(import.meta.dirname, '../..');
const pages = globSync(['*.md', '.github/**/*.md', 'docs/**/*.md'], { cwd: root }).toSorted();

it('every page links only to files and headings that are there', () => {
  expect(pages.length).toBeGreaterThan(30);
  expect(pages.flatMap((page) => brokenLinks(page, { root, textOf }))).toEqual([]);
});

it.each([
  ['a file', '[a](none.md)', 'no such file'],
  ['a picture', '<img src="none.svg">', 'no such file'],
  ['a heading of another page', '[a](tls.md#none)', 'no such heading'],
  ['a heading of its own', '[a](#none)', 'no such heading'],
])('a link to %s that is not there is named', (_what, text, because) => {
  const broken = brokenLinks('docs/a.md', { root, textOf: (page) => (page === 'docs/a.md' ? text : textOf(page)) });
  expect(broken).toEqual([expect.stringContaining(because)]);
});

it('knows the anchors that GitHub makes of headings', () => {
  const text = '## What `a.ts` does, and why\n\n## Twice\n\n## Twice\n\n[a](#what-ats-does-and-why) [b](#twice-1)';
  expect(brokenLinks('docs/a.md', { root, textOf: () => text })).toEqual([]);
});
