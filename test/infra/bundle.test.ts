import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { bundledFunctions } from '../made-once.ts';

let directory: string;
beforeAll(async () => {
  directory = await bundledFunctions();
});

// What comes by import() later is not counted: EC2's client alone is 1 MB. `import { z } from 'zod/mini'` instead of `* as z` costs 0.4.
it.each([
  ['start.mjs', 1_300_000],
  ['discover.mjs', 1_300_000],
  ['item.mjs', 1_300_000],
  ['summarise.mjs', 1_300_000],
  // Uses all of it at once, and a person who has pressed a button waits anyway.
  ['remediate.mjs', 3_500_000],
])('%s exports the handler, and loads at most %i bytes before it can begin', async (entry, bytes) => {
  expect(await readFile(join(directory, entry), 'utf8')).toMatch(/export\{[^}]*\bas handler\b/);
  const loaded = await filesLoadedBy(entry);
  const sizes = await Promise.all([...loaded].map(async (file) => (await stat(join(directory, file))).size));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(bytes);
});

it('names no place of the machine that made it', async () => {
  const files = await readdir(directory);
  const texts = await Promise.all(files.map((file) => readFile(join(directory, file), 'utf8')));
  expect(files.filter((_, index) => texts[index]?.includes(process.cwd()))).toEqual([]);
});

/** The entry and every chunk that it imports statically, and so on. */
async function filesLoadedBy(entry: string, seen = new Set<string>()): Promise<ReadonlySet<string>> {
  if (seen.has(entry)) return seen;
  seen.add(entry);
  const source = await readFile(join(directory, entry), 'utf8');
  for (const [, file] of source.matchAll(/\b(?:from|import)"\.\/([^"]+)"/g)) if (file) await filesLoadedBy(file, seen);
  return seen;
}
