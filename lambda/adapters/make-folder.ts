import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from '../core/text/error-text.ts';

/**
 * Makes a folder and those above it. Node's own recursive mkdir tries for ever where a file system refuses new folders with ENOENT, as /proc does.
 * Throws what the file system says.
 * @param mode of the folders that are new
 */
export async function makeFolder(folder: string, mode = 0o777): Promise<void> {
  try {
    await mkdir(folder, { mode });
  } catch (error) {
    if (errorCode(error) === 'EEXIST' && (await stat(folder)).isDirectory()) return;
    if (errorCode(error) !== 'ENOENT' || dirname(folder) === folder) throw error;

    await makeFolder(dirname(folder), mode);
    await mkdir(folder, { mode });
  }
}
