import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Bucket } from './bucket.ts';

const pieceLength = 64 * 1024;

/** Writes an object once, packed piece by piece: the text of thousands of nodes is never there as a whole. `false` when there is one, which stays. */
export async function writePacked(bucket: Bucket, key: string, pieces: Iterable<string>): Promise<boolean> {
  const packed: Buffer[] = [];

  await pipeline(Readable.from(joined(pieces)), createGzip(), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) packed.push(chunk);
  });
  return await bucket.writeOnce(key, { body: Buffer.concat(packed), type: 'application/gzip' });
}

/** Small pieces together: each costs a turn of the stream. */
function* joined(pieces: Iterable<string>): Generator<string> {
  let waiting: string[] = [];
  let length = 0;

  for (const piece of pieces) {
    waiting.push(piece);
    length += piece.length;
    if (length < pieceLength) continue;
    yield waiting.join('');
    waiting = [];
    length = 0;
  }
  if (length > 0) yield waiting.join('');
}
