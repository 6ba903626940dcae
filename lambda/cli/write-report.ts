import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { OperatorError } from '../core/operator-error.ts';
import type { Terminal } from './terminal.ts';

/**
 * Data goes to stdout, or to the file of `--output`; a report of thousands of nodes piece by piece.
 * @throws OperatorError `output-unwritable`
 */
export async function writeReport(
  report: string | Iterable<string>,
  output: string | undefined,
  { stdout }: Pick<Terminal, 'stdout'>,
): Promise<void> {
  const pieces = Readable.from(typeof report === 'string' ? [report] : report);
  if (output === undefined) {
    await pipeline(pieces, stdout, { end: false });
    return;
  }

  try {
    await pipeline(pieces, createWriteStream(output));
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new OperatorError(
      'output-unwritable',
      `the report cannot be written to '${output}': ${words}; choose another file with --output`,
      { cause: error },
    );
  }
}
