import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundleAudit } from '../../infra/bundle.ts';
import { bundledFunctions } from '../made-once.ts';

let directory: string;
let again: string;

beforeAll(async () => {
  directory = await bundledFunctions();
  again = await mkdtemp(join(tmpdir(), 'audit-bundle-'));
  await bundleAudit(again);
});

afterAll(async () => {
  await rm(again, { recursive: true, force: true });
});

// What comes by import() later is not counted: EC2's client alone is 1 MB. `import { z } from 'zod/mini'` instead of `* as z` costs 0.4.
it.each([
  ['start.mjs', 1_300_000],
  ['discover.mjs', 1_300_000],
  ['item.mjs', 1_300_000],
  ['summarise.mjs', 1_300_000],
  // Uses all of it at once, and a person who has pressed a button waits anyway.
  ['remediate.mjs', 3_500_000],
])('%s loads at most %i bytes before it can begin', async (entry, bytes) => {
  const loaded = await filesLoadedBy(entry);
  const sizes = await Promise.all([...loaded].map(async (file) => (await stat(join(directory, file))).size));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(bytes);
});

it.each(['start.mjs', 'discover.mjs', 'item.mjs', 'summarise.mjs', 'remediate.mjs'])(
  '%s exports the handler',
  async (entry) => {
    const source = await readFile(join(directory, entry), 'utf8');
    expect(source).toMatch(/export\{[^}]*\bas handler\b/);
  },
);

it('is the same again from the same source, so that nothing is deployed when nothing changed', async () => {
  expect(await contentsOf(again)).toEqual(await contentsOf(directory));
});

it('names no place of the machine that made it', async () => {
  const naming = Object.entries(await contentsOf(directory)).filter(([, text]) => text.includes(process.cwd()));
  expect(naming.map(([file]) => file)).toEqual([]);
});

async function contentsOf(folder: string): Promise<Record<string, string>> {
  const files = await readdir(folder);
  const texts = files.map(async (file) => [file, await readFile(join(folder, file), 'utf8')] as const);
  return Object.fromEntries(await Promise.all(texts));
}

/** The entry and every chunk that it imports statically, and so on. */
async function filesLoadedBy(entry: string, seen = new Set<string>()): Promise<ReadonlySet<string>> {
  if (seen.has(entry)) return seen;
  seen.add(entry);
  const source = await readFile(join(directory, entry), 'utf8');
  for (const [, file] of source.matchAll(/\b(?:from|import)"\.\/([^"]+)"/g)) if (file) await filesLoadedBy(file, seen);
  return seen;
}
