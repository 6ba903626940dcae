import { glob, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pMapIterable } from 'p-map';
import { censusPrefix, historyPrefix } from '../contract/names.ts';
import { OperatorError } from '../core/model/operator-error.ts';
import { errorText } from '../core/model/text/error-text.ts';
import type { Bucket } from './s3/bucket.ts';

/** A thousand clusters of 200 open node groups are 30 MB. */
const longest = 64 * 1024 * 1024;
const atOnce = 16;

/**
 * The texts of `DATE/RUN.jsonl` from a day on (`2026-01-31`), in the order of their names. Deployed runs keep them below `history/`, sweeps below
 * `census/`; a folder may have a copy.
 */
export interface KeptTexts {
  readonly runs: AsyncIterable<string>;
  readonly census: AsyncIterable<string>;
}

/** A file below a folder `census` is the sweeps'. Iterating throws OperatorError `history-unreadable`. */
export function folderHistory(folder: string, since: string): KeptTexts {
  const texts = (wanted: (file: string) => boolean) =>
    folderTexts(folder, (file) => wanted(file) && isSince(file, since));
  return {
    runs: texts((file) => !isCensus(file)),
    census: texts(isCensus),
  };
}

const isCensus = (file: string): boolean => file.split(/[/\\]/).includes(censusPrefix.slice(0, -1));

async function* folderTexts(folder: string, wanted: (file: string) => boolean): AsyncGenerator<string> {
  try {
    const isFolder = (await stat(folder)).isDirectory();
    const files = isFolder ? await Array.fromAsync(glob('**/*.jsonl', { cwd: folder })) : [];
    if (files.length === 0) throw new Error(isFolder ? 'it holds no such file' : 'it is not a folder');
    for (const file of files.toSorted()) if (wanted(file)) yield await readFile(join(folder, file), 'utf8');
  } catch (cause) {
    throw new OperatorError(
      'history-unreadable',
      `the history in '${folder}' cannot be read: ${errorText(cause)}; give the folder that holds DATE/RUN.jsonl, or s3://BUCKET`,
      { cause },
    );
  }
}

/** Iterating throws OperatorError when the bucket cannot be listed or read. IAM: s3:ListBucket, s3:GetObject. */
export const bucketHistory = (bucket: Bucket, since: string): KeptTexts => ({
  runs: bucketTexts(bucket, historyPrefix, since),
  census: bucketTexts(bucket, censusPrefix, since),
});

/** The texts below a prefix, from a day on, in the order of their keys. */
export async function* bucketTexts(bucket: Bucket, prefix: string, since: string): AsyncGenerator<string> {
  const wanted = async function* () {
    for await (const key of bucket.keys(prefix)) if (isSince(key.slice(prefix.length), since)) yield key;
  };
  for await (const text of pMapIterable(wanted(), (key) => bucket.read(key, longest), { concurrency: atOnce }))
    if (text !== undefined) yield text;
}

/** The day is the name of the file's folder; a file without such a folder counts as of today. */
function isSince(path: string, since: string): boolean {
  const [, day] = /(\d{4}-\d\d-\d\d)[/\\][^/\\]+$/.exec(path) ?? [];
  return day === undefined || day >= since;
}
