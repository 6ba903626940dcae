import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { OperatorError } from '../core/model/operator-error.ts';
import { errorText } from '../core/model/text/error-text.ts';

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
    throw new OperatorError(
      'file-unreadable',
      `'${file}' cannot be read: ${errorText(error)}; give a readable file, or - for standard input`,
      { cause: error },
    );
  }
}

/** UTF-8 of these bytes, unpacked where they are gzip's. */
export async function* unpacked(bytes: AsyncIterable<string | Uint8Array>): AsyncGenerator<string> {
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

async function* buffersOf(bytes: AsyncIterable<string | Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) if (chunk.length > 0) yield Buffer.from(chunk as Uint8Array);
}

async function* again(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}
