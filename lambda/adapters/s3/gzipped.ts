import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

const pieceLength = 64 * 1024;

/** Packs piece by piece: the text of thousands of nodes is never there as a whole, only what is left of it. */
export async function gzipped(pieces: Iterable<string>): Promise<Buffer> {
  const packed: Buffer[] = [];

  await pipeline(Readable.from(joined(pieces)), createGzip(), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) packed.push(chunk);
  });
  return Buffer.concat(packed);
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
