import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const read = (page: string) => readFileSync(join(root, page), 'utf8');
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

it('no page runs the program by npx, which would install a package of that name from a registry', () => {
  for (const page of pages) expect(read(page), page).not.toMatch(/npx (--\S+ )*eks-kubelet-audit/);
});

describe('the README', () => {
  const readme = read('README.md');

  it('has at most 900 words', () => {
    expect(readme.split(/\s+/).filter(Boolean).length).toBeLessThan(900);
  });

  it('is nowhere wider than 88 columns in its code blocks', () => {
    const blocks = [...readme.matchAll(/^```.*\n([\s\S]*?)^```$/gm)].flatMap(([, body = '']) => body.split('\n'));
    expect(blocks.filter((line) => line.length > 88)).toEqual([]);
  });

  it.each(pages.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md'))(
    '%s says in its first paragraph for whom it is',
    (page) => {
      const [, first = ''] = read(page)
        .replace(/^<!--.*-->\n+/m, '')
        .split(/\n{2,}/);
      expect(first).toMatch(/^For [a-z]/);
    },
  );

  it('names every page in docs/README.md', () => {
    const index = read('docs/README.md');
    expect(
      pages.filter(
        (page) => !index.includes(page.replace('docs/', '')) && page !== 'README.md' && page !== 'docs/README.md',
      ),
    ).toEqual([]);
  });
});

describe('README.ja.md', () => {
  /** Commands, names in code, links and numbers, which a translation keeps. */
  const factsIn = (page: string): ReadonlySet<string> => {
    const prose = page
      .replaceAll(/<picture>[\s\S]*?<\/picture>|<!--.*?-->/g, '')
      .replaceAll('README.ja.md', 'README.md');
    const blocks = [...prose.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, body = '']) => body.trim().split('\n'));
    const text = prose.replaceAll(/^```[\s\S]*?^```$/gm, '');
    const words = [/`([^`]+)`/g, /\]\(([^)]+)\)/g, /(?<![\w.-])(\d+(?:\.\d+)*)(?![\w-])/g];
    const found = words.flatMap((each) => [...text.matchAll(each)].map(([, fact = '']) => fact));
    return new Set([...blocks.map((each) => each.replace(' --lang ja', '')), ...found]);
  };

  it('has each command, name, link and number of README.md, and no other', () => {
    const [english, japanese] = ['README.md', 'README.ja.md'].map((page) => factsIn(read(page)));
    expect(english?.size).toBeGreaterThan(60);
    expect([...(english ?? [])].filter((each) => !japanese?.has(each))).toEqual([]);
    expect([...(japanese ?? [])].filter((each) => !english?.has(each))).toEqual([]);
  });
});
