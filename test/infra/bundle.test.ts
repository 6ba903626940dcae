import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundleAudit } from '../../infra/bundle.ts';

let directory: string;
let again: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'audit-bundle-'));
  again = await mkdtemp(join(tmpdir(), 'audit-bundle-'));
  await bundleAudit(directory);
  await bundleAudit(again);
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
  await rm(again, { recursive: true, force: true });
});

it('loads at most 2.4 MB before it can begin', async () => {
  // What comes by import() later is not counted: EC2's client alone is 1 MB. `import { z } from 'zod/mini'` instead of `* as z` costs 0.4.
  expect((await stat(join(directory, 'index.mjs'))).size).toBeLessThan(2_400_000);
});

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
