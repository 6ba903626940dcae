import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatorError } from '../core/operator-error.ts';
import type { EvidenceFile } from '../core/reports/evidence.ts';

/**
 * Writes evidence below a folder, for its owner's eyes only; files of the same names are replaced.
 * @throws OperatorError `evidence-unwritable`
 */
export async function keepEvidence(folder: string, files: Iterable<EvidenceFile>): Promise<void> {
  try {
    for (const { path, text } of files) {
      await mkdir(join(folder, path[0]), { recursive: true, mode: 0o700 });
      await writeFile(join(folder, ...path), text, { mode: 0o600 });
    }
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new OperatorError(
      'evidence-unwritable',
      `the evidence cannot be kept in '${folder}': ${words}; choose another folder with --keep-evidence`,
      { cause: error },
    );
  }
}
