import { glob, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pMapIterable } from 'p-map';
import { censusPrefix, historyPrefix } from '../contract/names.ts';
import { OperatorError } from '../core/model/operator-error.ts';
import { errorText, printable } from '../core/model/text/words.ts';
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

/** A copy of the bucket, or of one of its two folders. What lies deeper is of somebody else: tests, other hubs. */
const layouts = ['', historyPrefix, censusPrefix].map((prefix) => `${prefix}????-??-??/*.jsonl`);

const isCensus = (file: string): boolean => file.split(/[/\\]/).includes(censusPrefix.slice(0, -1));

async function* folderTexts(folder: string, wanted: (file: string) => boolean): AsyncGenerator<string> {
  try {
    const isFolder = (await stat(folder)).isDirectory();
    const files = isFolder ? await Array.fromAsync(glob(layouts, { cwd: folder })) : [];
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
  const read = async (key: string) => ({ key, text: await bucket.read(key, longest) });
  for await (const { key, text } of pMapIterable(wanted(), read, { concurrency: atOnce }))
    if (text !== undefined) yield isAtOwnKey(key, text) ? text : refused(key);
}

/** Lines count only below the time of the sweep, or the day and the run, that each of them names. */
export const isAtOwnKey = (key: string, text: string): boolean =>
  [...text.matchAll(/"(?:sweepAt|run":"([^"]{0,80})","startedAt)":"([^"]{0,40})/g)].every(
    ([, run, at = '']) =>
      key ===
      (run === undefined
        ? `${censusPrefix}${at.slice(0, 10)}/${at.slice(11, 13)}${at.slice(14, 16)}.jsonl`
        : `${historyPrefix}${at.slice(0, 10)}/${run}.jsonl`),
  );

/** A census says what it lacks; a history counts it as a line that no run wrote. */
function refused(key: string): string {
  const [day = '1970-01-01'] = /\d{4}-\d\d-\d\d/.exec(key) ?? [];
  const at = `${day}T00:00:00.000Z`;
  const because = `${printable(key, 300)} was refused: its lines belong to another sweep; see who may write into the bucket of the hub`;
  return `${JSON.stringify({ version: 1, sweepAt: at, gap: { from: at, to: at, because } })}\n`;
}

/** The day is the name of the file's folder; a file without such a folder counts as of today. */
function isSince(path: string, since: string): boolean {
  const [, day] = /(\d{4}-\d\d-\d\d)[/\\][^/\\]+$/.exec(path) ?? [];
  return day === undefined || day >= since;
}
