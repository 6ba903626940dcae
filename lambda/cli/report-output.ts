import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { OperatorError } from '../core/model/operator-error.ts';
import { errorCode, errorText, printable } from '../core/model/text/words.ts';
import { refusePlantedLinks } from '../wiring/files.ts';
import { type Terminal, verbosityOf } from './terminal.ts';

/** Where a report goes, piece by piece and no faster than it is taken. */
export interface ReportOutput {
  write(pieces: string | Iterable<string>): Promise<void>;
  close(): Promise<void>;
}

/**
 * Data goes to stdout, or to the file of `--output`. The file is opened at once: no one should wait for an audit that cannot be written. A closed
 * pipe (`| head`) means that the reader has enough: the rest is dropped, and the command goes on. A link of another user is not followed.
 * @throws OperatorError `output-unwritable`, from here and from `write` and `close`
 */
export async function openOutput(
  output: string | undefined,
  { stdout }: Pick<Terminal, 'stdout'>,
): Promise<ReportOutput> {
  let failure: unknown;
  const fail = (error: unknown) => {
    failure ??= error;
  };
  /** Whether there still is a reader. */
  const check = (): boolean => {
    if (failure === undefined) return true;
    if (output === undefined && errorCode(failure) === 'EPIPE') return false;
    throw unwritable(output, failure);
  };

  if (output !== undefined) await refusePlantedLinks(output).catch(fail);
  check();
  const stream: NodeJS.WritableStream = output === undefined ? stdout : createWriteStream(output);
  // Stays on: a broken pipe is reported by an event, perhaps after everything was written.
  stream.on('error', fail);
  const until = (event: 'open' | 'drain' | 'close') => once(stream, event).catch(fail);
  if (output !== undefined) await until('open');
  check();

  return {
    async write(pieces) {
      for (const piece of typeof pieces === 'string' ? [pieces] : pieces) {
        if (!check()) return;
        if (!stream.write(piece)) await until('drain');
      }
    },
    async close() {
      if (!check()) return;
      // Until the last piece is taken: the process may end right after.
      if (output === undefined) await new Promise<void>((resolve) => stream.write('', () => resolve()));
      else {
        stream.end();
        await until('close');
      }
      check();
    },
  };
}

/** The same for a text that is there already. */
export async function writeReport(
  report: string | Iterable<string>,
  output: string | undefined,
  terminal: Pick<Terminal, 'stdout' | 'stderr' | 'env' | 'verbosity'>,
): Promise<void> {
  const out = await openOutput(output, terminal);
  await out.write(report);
  await out.close();
  if (output !== undefined) sayWritten([output], terminal);
}

/** Names the files that were written, on stderr. */
export function sayWritten(
  files: readonly string[],
  { stderr, ...terminal }: Pick<Terminal, 'stderr' | 'env' | 'verbosity'>,
): void {
  if (files.length > 0 && verbosityOf(terminal) !== 'quiet')
    stderr.write(`wrote ${printable(files.join(', '), 2_000)}\n`);
}

function unwritable(output: string | undefined, cause: unknown): OperatorError {
  const [where, advice] =
    output === undefined ? ['stdout', 'send it elsewhere'] : [`'${output}'`, 'choose another file with --output'];
  return new OperatorError(
    'output-unwritable',
    `the report cannot be written to ${where}: ${errorText(cause)}; ${advice}`,
    { cause },
  );
}
