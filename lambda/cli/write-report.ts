import { writeFile } from 'node:fs/promises';
import { OperatorError } from '../core/operator-error.ts';
import type { Terminal } from './terminal.ts';

/** Data goes to stdout, or to the file of `--output`. */
export async function writeReport(
  text: string,
  output: string | undefined,
  { stdout }: Pick<Terminal, 'stdout'>,
): Promise<void> {
  if (output === undefined) {
    await new Promise<void>((resolve, reject) => stdout.write(text, (error) => (error ? reject(error) : resolve())));
    return;
  }

  try {
    await writeFile(output, text);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new OperatorError(
      'output-unwritable',
      `the report cannot be written to '${output}': ${words}; choose another file with --output`,
      { cause: error },
    );
  }
}
