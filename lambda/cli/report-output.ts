import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { OperatorError } from '../core/model/operator-error.ts';
import { errorCode, errorText } from '../core/model/text/error-text.ts';
import { printable } from '../core/model/text/printable.ts';
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
  return output === undefined ? toStdout(stdout) : await toFile(output);
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

function toStdout(stdout: NodeJS.WritableStream): ReportOutput {
  let failure: Error | undefined;
  const fail = (error: Error) => {
    failure ??= error;
  };
  // Stays on: a broken pipe is reported by an event, perhaps after everything was written.
  stdout.on('error', fail);

  return {
    async write(pieces) {
      for (const piece of listOf(pieces)) {
        if (failure && isBrokenPipe(failure)) return;
        if (failure) throw unwritable('stdout', failure);
        if (!stdout.write(piece)) await once(stdout, 'drain').catch(fail);
      }
    },
    async close() {
      // Until the last piece is taken: the process may end right after.
      await new Promise<void>((resolve) => (failure ? resolve() : stdout.write('', () => resolve())));
      if (failure && !isBrokenPipe(failure)) throw unwritable('stdout', failure);
    },
  };
}

async function toFile(path: string): Promise<ReportOutput> {
  await refusePlantedLinks(path).catch((cause: unknown) => {
    throw unwritable(`'${path}'`, cause);
  });
  const file = createWriteStream(path);
  let failure: unknown;
  file.on('error', (error) => {
    failure ??= error;
  });
  const check = () => {
    if (failure !== undefined) throw unwritable(`'${path}'`, failure);
  };
  const until = (event: 'open' | 'drain' | 'close') =>
    once(file, event).then(check, (error: unknown) => {
      failure ??= error;
      check();
    });

  await until('open');
  return {
    async write(pieces) {
      for (const piece of listOf(pieces)) {
        check();
        if (!file.write(piece)) await until('drain');
      }
    },
    async close() {
      check();
      file.end();
      await until('close');
    },
  };
}

const unwritable = (where: string, cause: unknown): OperatorError =>
  new OperatorError(
    'output-unwritable',
    `the report cannot be written to ${where}: ${errorText(cause)}; ${where === 'stdout' ? 'send it elsewhere' : 'choose another file with --output'}`,
    { cause },
  );

const listOf = (pieces: string | Iterable<string>): Iterable<string> =>
  typeof pieces === 'string' ? [pieces] : pieces;

const isBrokenPipe = (error: Error): boolean => errorCode(error) === 'EPIPE';
