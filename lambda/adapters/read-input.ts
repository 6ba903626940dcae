import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { OperatorError } from '../core/model/operator-error.ts';
import { errorText } from '../core/model/text/words.ts';

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
    throw unreadable(file, error);
  }
}

const unreadable = (file: string, error: unknown): OperatorError =>
  new OperatorError(
    'file-unreadable',
    `'${file}' cannot be read: ${errorText(error)}; give a readable file, or - for standard input`,
    { cause: error },
  );

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

/** The largest unpacked size of a packed result; no result of this program is larger. */
const mostBytes = 2 * 1024 * 1024 * 1024;

/**
 * The text of a saved result, chunk by chunk: a file, or standard input for `-`; packed by gzip or not, by its first two bytes.
 * @throws OperatorError `file-unreadable`, while it is read
 */
export async function* resultText(file: string, stdin: NodeJS.ReadableStream): AsyncGenerator<string> {
  try {
    yield* unpacked(file === '-' ? stdin : createReadStream(file));
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** UTF-8 of these bytes, unpacked where they are gzip's. */
export async function* unpacked(bytes: Chunks): AsyncGenerator<string> {
  const chunks = buffersOf(bytes);
  const first = await chunks.next();
  if (first.done) return;

  const all = Readable.from(again(first.value, chunks), { objectMode: false });
  const isPacked = first.value[0] === 0x1f && first.value[1] === 0x8b;
  const plain = isPacked ? all.pipe(createGunzip()) : all;
  if (isPacked) all.on('error', (error) => plain.destroy(error));

  const decoder = new TextDecoder();
  let left = mostBytes;
  for await (const chunk of plain) {
    left -= chunk.length;
    if (left < 0) throw new Error('it unpacks to more than 2 GB');
    yield decoder.decode(chunk, { stream: true });
  }
  yield decoder.decode();
}

type Chunks = AsyncIterable<string | Uint8Array> | readonly Uint8Array[];

async function* buffersOf(bytes: Chunks): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) if (chunk.length > 0) yield Buffer.from(chunk as Uint8Array);
}

async function* again(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}
