import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { errorText } from '../core/error-text.ts';
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
    try {
      await pipeline(pieces, stdout, { end: false });
    } catch (error) {
      // Whoever reads it has read enough (`| head`): the outcome is the same.
      if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error;
    }
    return;
  }

  try {
    await pipeline(pieces, createWriteStream(output));
  } catch (error) {
    throw new OperatorError(
      'output-unwritable',
      `the report cannot be written to '${output}': ${errorText(error)}; choose another file with --output`,
      { cause: error },
    );
  }
}
