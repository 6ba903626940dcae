import { readFileSync } from 'node:fs';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

/**
 * The lines of a `.jsonl`, `.jsonl.gz` or `.jsonl.br` file, parsed. Brotli packs the recordings into half of what gzip needs.
 * Lines end in LF only: a recording may hold U+2028, where other readers of lines split.
 * @param read throws what is wrong with a line
 */
export function packedLines<T>(path: string, read: (json: unknown, place: string) => T): readonly T[] {
  const bytes = readFileSync(path);
  const plain = path.endsWith('.gz') ? gunzipSync(bytes) : path.endsWith('.br') ? brotliDecompressSync(bytes) : bytes;
  return plain
    .toString('utf8')
    .split('\n')
    .flatMap((line, index) => (line === '' ? [] : [read(JSON.parse(line), `${path}, line ${index + 1}`)]));
}
