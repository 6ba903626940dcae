import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatorError } from '../core/operator-error.ts';
import type { EvidenceFile } from '../core/reports/evidence.ts';
import { errorText } from '../core/text/error-text.ts';
import { makeFolder } from './make-folder.ts';

/**
 * Writes evidence below a folder, for its owner's eyes only; files of the same names are replaced.
 * @throws OperatorError `evidence-unwritable`
 */
export async function keepEvidence(folder: string, files: Iterable<EvidenceFile>): Promise<void> {
  try {
    for (const { path, text } of files) {
      await makeFolder(join(folder, path[0]), 0o700);
      // A link that lies there is replaced, not followed; and only a file that is new gets its mode.
      const file = join(folder, ...path);
      await rm(file, { force: true });
      await writeFile(file, text, { mode: 0o600, flag: 'wx' });
    }
  } catch (error) {
    throw new OperatorError(
      'evidence-unwritable',
      `the evidence cannot be kept in '${folder}': ${errorText(error)}; choose another folder with --keep-evidence`,
      { cause: error },
    );
  }
}
