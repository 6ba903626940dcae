import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type * as z from 'zod/mini';
import { hasCode } from '../../contract/problem-codes.ts';
import type { Problem } from '../../core/model/model.ts';
import { OperatorError } from '../../core/model/operator-error.ts';
import { jsonOf, printable } from '../../core/model/text/words.ts';
import type { Log } from '../../flow/ports.ts';
import { type Bucket, brokenObject, type HeldObject } from './bucket.ts';
import { lastRunKey } from './run-keys.ts';

/** Of what a run leaves: raised only where the release before would misread what this one writes (docs/upgrade.md). */
export const version = 1;

/** The words of `JSON.parse` quote the text: they go no further. */
export function parsed<T>(text: string, schema: z.ZodMiniType<T>, address: string): T {
  const value = jsonOf(text);
  if (value === undefined) throw brokenObject(address, 'it is no JSON');
  const { version: stored = version } = Object(value);
  if (stored !== version)
    throw brokenObject(
      address,
      `it has version ${printable(String(stored), 20)}, and this release reads ${version} (docs/upgrade.md)`,
    );
  const read = schema.safeParse(value);
  if (read.success) return read.data;

  const [issue] = read.error.issues;
  throw brokenObject(address, `${issue?.path.map(String).join('.') || 'its whole'}: ${issue?.message}`, read.error);
}

/** An object counts only at the key that its content names: who may write one key must not speak for another. */
export function expectPlace(bucket: Bucket, key: string, named: string): void {
  if (key !== named) throw brokenObject(bucket.address(key), `its content belongs at ${printable(named, 300)}`);
}

/**
 * Whether an object without an item in its content names the key that it lies at. The release before wrote no `ownKey`; once a run of this one is summed
 * up, everything that is written has it.
 */
export async function isOwn(
  bucket: Bucket,
  key: string,
  { ownKey, writtenAt }: Pick<HeldObject, 'writtenAt'> & { readonly ownKey?: unknown },
): Promise<boolean> {
  if (ownKey !== undefined) return ownKey === key;
  const { ownKeysSince } = Object(jsonOf((await bucket.read(lastRunKey, 4_096)) ?? ''));
  return ownKeysSince === undefined || (writtenAt !== undefined && writtenAt < new Date(ownKeysSince));
}

export const objectRefused = (address: string, because: string, then: string): Problem => ({
  code: 'object-refused',
  message: `${address} is ${because}`,
  remedy: `see who may write into the bucket of the hub${then}`,
});

export const isBroken = hasCode('run-object-broken');

/** One object that is not what a release writes stops no run. What can't be read at all (no right, no bucket) does. */
export async function beginningAnew<T>(log: Log, read: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof OperatorError) || !isBroken(error)) throw error;
    log.warn(`${error.message} (it counts as absent)`, { code: error.code });
    return undefined;
  }
}

/** Reads JSON of the program, which counts only at the key that its content names. Any other object counts as absent, with a warning. */
export const readPlaced = <T>(
  bucket: Bucket,
  key: string,
  { log, schema, maxBytes, keyOf }: StoredOptions<T>,
): Promise<T | undefined> =>
  beginningAnew(log, async () => {
    const text = await bucket.read(key, maxBytes);
    if (text === undefined) return undefined;
    const value = parsed(text, schema, bucket.address(key));
    if (keyOf) expectPlace(bucket, key, keyOf(value));
    return value;
  });

export interface StoredOptions<T> {
  readonly log: Log;
  readonly schema: z.ZodMiniType<T>;
  readonly maxBytes: number;
  /** Where an object with this content belongs; absent where there is one such object. */
  readonly keyOf?: (value: T) => string;
}

interface BoundedText {
  readonly body: string;
  readonly maxBytes: number;
}

/** Writes what a later step reads back, and nothing that it would refuse: a run must not end in an object of its own that it cannot read. */
export async function writeReadable(
  bucket: Bucket,
  key: string,
  content: BoundedText & { readonly type: string },
): Promise<void> {
  checkReadable(bucket.address(key), content);
  await bucket.write(key, content);
}

export function checkReadable(address: string, { body, maxBytes }: BoundedText): void {
  const bytes = Buffer.byteLength(body);
  if (bytes > maxBytes)
    throw new OperatorError(
      'run-object-too-large',
      `${address} would have ${bytes} bytes, and only ${maxBytes} are read back; audit fewer accounts or Regions in one deployment`,
    );
}

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
