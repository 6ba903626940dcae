import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** Folders that are lists: a new entry is one more file, and a reader of one needs none of the others. */
const leaves: Readonly<Record<string, string>> = {
  'lambda/core/controls': 'one file a control',
  'lambda/wiring/open': 'one file a program: what it touches',
};
const mostFiles = 20;
const mostLines = 400;
const fewLines = 30;

/** What git knows or would add, below these folders; a file that was deleted and is not yet committed is none. */
function filesOf(...folders: readonly string[]): readonly string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...folders], {
    cwd: root,
    encoding: 'utf8',
  });
  return listed
    .split('\n')
    .filter((file) => file !== '' && existsSync(join(root, file)))
    .sort();
}

const files = filesOf('lambda', 'infra');
const texts = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
const textOf = (file: string): string => texts.get(file) ?? '';
const linesOf = (file: string): number => textOf(file).split('\n').length - 1;

/** By file, which other files of the program import it, statically or when they need it. */
const importers = new Map<string, Set<string>>();
for (const file of files.filter((each) => each.endsWith('.ts')))
  for (const [, path = ''] of textOf(file).matchAll(/(?:\bfrom|\bimport\(|^import)\s*'(\.[^']+)'/gm)) {
    const imported = join(dirname(file), path);
    importers.set(imported, (importers.get(imported) ?? new Set()).add(file));
  }

/** An entry of a list: no other entry imports it, only the list itself or who opens it. */
const isLeaf = (file: string): boolean =>
  dirname(file) in leaves &&
  [...(importers.get(file) ?? [])].every((each) => dirname(each) !== dirname(file) || basename(each) === 'index.ts');

describe('the rooms of lambda and infra', () => {
  it('are those that this test looks at', () => {
    expect(files.length).toBeGreaterThan(300);
    expect(importers.get('lambda/core/model.ts')?.size).toBeGreaterThan(50);
    for (const folder of Object.keys(leaves)) expect(files.map(dirname)).toContain(folder);
  });

  it(`hold at most ${mostFiles} files each, but for lists of leaves`, () => {
    const crowded = [...Map.groupBy(files, dirname)]
      .filter(([folder, inside]) => inside.length > mostFiles && !(folder in leaves))
      .map(([folder, inside]) => `${folder} holds ${inside.length} files: which question do some of them answer?`);
    expect(crowded).toEqual([]);
  });

  it(`have no file of more than ${mostLines} lines`, () => {
    const long = files.filter((file) => linesOf(file) > mostLines);
    expect(long.map((file) => `${file} has ${linesOf(file)} lines: it holds two ideas`)).toEqual([]);
  });

  it(`have no file of ${fewLines} lines or fewer that one other file imports, but for leaves`, () => {
    const halves = files.flatMap((file) => {
      const [importer, ...others] = importers.get(file) ?? [];
      if (importer === undefined || others.length > 0 || isLeaf(file) || linesOf(file) > fewLines) return [];
      return [`${file} is half of ${importer}: write it below what it helps`];
    });
    expect(halves).toEqual([]);
  });
});
