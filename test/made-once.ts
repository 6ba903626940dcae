import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { inject } from 'vitest';
import { bundleAudit } from '../infra/bundle.ts';
import { bundleProgram, startFile } from '../packaging/bundle.ts';
import { packProgram } from '../packaging/package.ts';
import type {} from './run-folder.ts';

/** The functions' code, bundled as it is deployed: a folder that no test may change. */
export const bundledFunctions = (): Promise<string> => madeOnce('functions', bundleAudit);

/** The path of the command line as it is packed: what users get. It starts three times as fast as from source. */
export const packedProgram = async (): Promise<string> => join(await madeOnce('program', bundleProgram), startFile);

/** The `.tgz` of a release, as `npm run package` packs it. */
export async function packedPackage(): Promise<{ readonly bytes: Buffer; readonly sha256: string }> {
  const folder = await madeOnce('package', packProgram);
  const [file = ''] = await readdir(folder);
  const bytes = await readFile(join(folder, file));
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/**
 * A folder that is made once for all files of a test run: the first that asks makes it, the others wait. Throws what `make` throws; the next that asks
 * tries again.
 */
async function madeOnce(name: string, make: (folder: string) => Promise<unknown>): Promise<string> {
  const folder = join(inject('runFolder'), name);
  while (!existsSync(folder)) {
    if (await isCreated(`${folder}.lock`)) await makeInto(folder, make);
    else await setTimeout(50);
  }
  return folder;
}

async function makeInto(folder: string, make: (folder: string) => Promise<unknown>): Promise<void> {
  try {
    await make(`${folder}.new`);
    await rename(`${folder}.new`, folder);
  } catch (error) {
    await rm(`${folder}.lock`, { recursive: true });
    throw error;
  }
}

/** Whether this process is the one that created the folder. */
const isCreated = (folder: string): Promise<boolean> =>
  mkdir(folder).then(
    () => true,
    () => false,
  );
