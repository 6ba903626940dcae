import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** Pages whose source is data: catalogues, the templates and their proof, and what the planner makes. */
const generated = ['docs/controls.md', 'docs/frameworks.md', 'docs/permissions.md', 'docs/remediation-plans.md'];

/** Every page that a person writes, but for the decisions. */
export const writtenPages: readonly string[] = [
  'README.md',
  ...globSync('docs/**/*.md', { cwd: root }).toSorted(),
].filter((page) => !generated.includes(page) && !page.startsWith('docs/decisions/'));

export const textOf = (page: string): string => readFileSync(join(root, page), 'utf8');

/** A page with what is made of data between its two marks. */
export function withGenerated(page: string, [begin, end]: readonly [begin: string, end: string], made: string): string {
  const [before, rest = ''] = page.split(begin);
  const [, after] = rest.split(end);
  if (after === undefined) throw new Error(`the page has no '${begin}' … '${end}'`);
  return `${before}${begin}\n${made}\n${end}${after}`;
}

/** A table in Markdown. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');

/** Words of a page, tables included. Blocks of code are none, nor are parts that `npm run docs` makes of data. */
export const wordsIn = (markdown: string): number =>
  markdown
    .replaceAll(/^ *```[\s\S]*?^ *```$/gm, '')
    .replaceAll(/^<!-- (\w+): .*npm run docs.* -->$[\s\S]*?^<!-- .*\1 -->$/gm, '')
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
