import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { OperatorError } from '../core/model/operator-error.ts';
import { errorText } from '../core/model/text/error-text.ts';

const maxBytes = 5 * 1024 * 1024;

interface Input {
  readonly text: string;
  /** The hash of the bytes as they were read: 64 hexadecimal digits. */
  readonly sha256: string;
}

/**
 * The text of a file, or of standard input for `-`.
 * @throws OperatorError `file-unreadable`
 */
export async function readInput(file: string, stdin: NodeJS.ReadableStream): Promise<Input> {
  const bytes = await readInputBytes(file, { stdin, mostBytes: maxBytes });
  return { text: textOf(bytes), sha256: createHash('sha256').update(bytes).digest('hex') };
}

interface InputOptions {
  readonly stdin: NodeJS.ReadableStream;
  readonly mostBytes: number;
}

/** The same as bytes. */
export async function readInputBytes(file: string, { stdin, mostBytes }: InputOptions): Promise<Buffer> {
  try {
    return await boundedBytes(file === '-' ? stdin : createReadStream(file), mostBytes);
  } catch (error) {
    throw new OperatorError(
      'file-unreadable',
      `'${file}' cannot be read: ${errorText(error)}; give a readable file, or - for standard input`,
      { cause: error },
    );
  }
}

/** PowerShell writes UTF-16 where it redirects, and says so by its first two bytes. */
const textOf = (bytes: Buffer): string =>
  bytes[0] === 0xff && bytes[1] === 0xfe ? bytes.toString('utf16le', 2) : bytes.toString('utf8');

/** What is piped in may come from a node, and have no end. */
async function boundedBytes(input: NodeJS.ReadableStream, mostBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let left = mostBytes;

  for await (const chunk of input) {
    const piece = Buffer.from(chunk);
    left -= piece.length;
    if (left < 0) throw new Error(`it is larger than ${mostBytes / 1024 / 1024} MB`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
