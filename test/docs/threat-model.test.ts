import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const page = readFileSync('docs/threat-model.md', 'utf8');
/** The last column of the table of promises, and whether it has a row. */
const rows = page
  .split('\n')
  .filter((line) => /^\| .* \|$/.test(line))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
  .filter((cells) => cells.length === 4 && !/^(test|---)$/.test(cells[3] ?? ''))
  .map(([, deed = '', promise = '', tests = '']) => ({ deed, promise, tests }));

/** `test/x.test.ts` ("title", "another…"): a title that is cut has an ellipsis where. */
const namedTests = (cell: string) =>
  [...cell.matchAll(/`(test\/[^`]+)`(?: \((.*?)\)(?=, `|$))?/g)].map(([, path = '', titles = '']) => ({
    path,
    titles: [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title),
  }));

function textOf(path: string): string {
  if (!statSync(path).isDirectory()) return readFileSync(path, 'utf8');
  return readdirSync(path)
    .map((each) => readFileSync(join(path, each), 'utf8'))
    .join('\n');
}

/** As the title is in the source: between quotes, where it is not cut. */
const isIn = (source: string, title: string): boolean => {
  const words = title.replaceAll('…', '').replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const [before, behind] = [title.startsWith('…') ? '' : '[\'"`]', title.endsWith('…') ? '' : '[\'"`]'];
  return new RegExp(`${before}${words}${behind}`).test(source);
};

it('has rows, none of which is read past', () => {
  expect(rows.length).toBe(page.split('\n').filter((line) => /^\| .*`test\//.test(line)).length);
  expect(rows.length).toBeGreaterThan(20);
});

it.each(rows.map(({ deed, promise, tests }) => [promise, deed, tests] as const))(
  'proves “%s” (%s) by a test that is there, by its title',
  (_promise, _deed, tests) => {
    const named = namedTests(tests);
    expect(named.flatMap(({ titles }) => titles)).not.toEqual([]);
    for (const { path, titles } of named) {
      expect(existsSync(path), path).toBe(true);
      for (const title of titles) expect(isIn(textOf(path), title), `${path}: ${title}`).toBe(true);
    }
  },
);
