import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { inject } from 'vitest';
import { bundleProgram, startFile } from '../../packaging/bundle.ts';

/**
 * The path of the command line as it is packed: what users get, and it starts three times as fast as from source.
 * Built once for all files of a test run: the first that asks builds it, the others wait. Throws what the build throws; the next that asks then tries again.
 */
export async function packedProgram(): Promise<string> {
  const folder = join(inject('runFolder'), 'program');
  while (!existsSync(folder)) {
    if (await isMade(`${folder}.lock`)) await buildInto(folder);
    else await setTimeout(50);
  }
  return join(folder, startFile);
}

async function buildInto(folder: string): Promise<void> {
  try {
    await bundleProgram(`${folder}.new`);
    await rename(`${folder}.new`, folder);
  } catch (error) {
    await rm(`${folder}.lock`, { recursive: true });
    throw error;
  }
}

/** Whether this process is the one that made the folder. */
const isMade = (folder: string): Promise<boolean> =>
  mkdir(folder).then(
    () => true,
    () => false,
  );
