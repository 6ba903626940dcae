import { glob, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pMapIterable } from 'p-map';
import { historyPrefix } from '../contract/names.ts';
import { OperatorError } from '../core/model/operator-error.ts';
import { errorText } from '../core/model/text/error-text.ts';
import type { Bucket } from './s3/bucket.ts';

/** A thousand clusters of 200 open node groups are 30 MB. */
const longest = 64 * 1024 * 1024;
const atOnce = 16;

/** The texts of `DATE/RUN.jsonl` from a day on (`2026-01-31`): what a deployed run keeps below `history/`, or a copy of it in a folder. */
export type HistoryTexts = AsyncIterable<string>;

/** @throws OperatorError `history-unreadable` */
export async function* folderHistory(folder: string, since: string): AsyncGenerator<string> {
  try {
    const isFolder = (await stat(folder)).isDirectory();
    const files = isFolder ? await Array.fromAsync(glob('**/*.jsonl', { cwd: folder })) : [];
    if (files.length === 0) throw new Error(isFolder ? 'it holds no such file' : 'it is no folder');
    for (const file of files.toSorted()) if (isSince(file, since)) yield await readFile(join(folder, file), 'utf8');
  } catch (cause) {
    throw new OperatorError(
      'history-unreadable',
      `the history in '${folder}' cannot be read: ${errorText(cause)}; give the folder that holds DATE/RUN.jsonl, or s3://BUCKET`,
      { cause },
    );
  }
}

/** @throws OperatorError when the bucket cannot be listed or read. IAM: s3:ListBucket, s3:GetObject. */
export async function* bucketHistory(bucket: Bucket, since: string): AsyncGenerator<string> {
  const wanted = async function* () {
    for await (const key of bucket.keys(historyPrefix)) if (isSince(key.slice(historyPrefix.length), since)) yield key;
  };
  for await (const text of pMapIterable(wanted(), (key) => bucket.read(key, longest), { concurrency: atOnce }))
    if (text !== undefined) yield text;
}

/** The day is the name of the file's folder; a file without such a folder counts as of today. */
function isSince(path: string, since: string): boolean {
  const [, day] = /(\d{4}-\d\d-\d\d)[/\\][^/\\]+$/.exec(path) ?? [];
  return day === undefined || day >= since;
}
