import { globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { textOf } from './pages.ts';
import { shellBlocks } from './shell-blocks.ts';

const root = join(import.meta.dirname, '../..');
const pages = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/*.md', { cwd: root }).toSorted()];

/** Lines of a page's shell that have a comment, which an interactive zsh passes on as words. */
function commentedLines(markdown: string): readonly string[] {
  const lines = markdown.split('\n');
  return shellBlocks(markdown).flatMap(({ line }) => {
    const body = lines.slice(line);
    return body
      .slice(
        0,
        body.findIndex((each) => each.trim() === '```'),
      )
      .filter((each) => /(^|\s)#/.test(each));
  });
}

describe('blocks of shell', () => {
  it.each(pages)('have no comment in %s, so that they can be pasted into zsh', (page) => {
    expect(commentedLines(textOf(page))).toEqual([]);
  });

  it('are searched for comments behind a command and on a line of their own', () => {
    const markdown = '# Page\n\n```sh\n# first\nls  # second\nls a#b\n```\n\n```yaml\na: 1 # third\n```\n';
    expect(commentedLines(markdown)).toEqual(['# first', 'ls  # second']);
  });
});
