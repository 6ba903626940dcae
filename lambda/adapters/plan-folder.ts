import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatorError } from '../core/operator-error.ts';
import type { PlanFile } from '../core/remediation/plan-files.ts';
import { errorText } from '../core/text/error-text.ts';
import { makeFolder } from './make-folder.ts';

/**
 * Writes the snippets of a plan below a folder, and returns how many; files of the same names are replaced, a link that lies there is not followed.
 * @throws OperatorError `output-unwritable`
 */
export async function writePlanFiles(folder: string, files: Iterable<PlanFile>): Promise<number> {
  let count = 0;
  try {
    await makeFolder(folder);
    for (const { path, text } of files) {
      await makeFolder(join(folder, path[0]));
      const file = join(folder, ...path);
      await rm(file, { force: true });
      await writeFile(file, text, { flag: 'wx' });
      count += 1;
    }
  } catch (error) {
    throw new OperatorError(
      'output-unwritable',
      `the snippets cannot be written to '${folder}': ${errorText(error)}; choose another folder with --output`,
      { cause: error },
    );
  }
  return count;
}
