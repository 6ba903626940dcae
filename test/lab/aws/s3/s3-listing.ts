import { LabError } from '../../wire/service.ts';
import type { LabObject } from './s3-object.ts';

const mostKeys = 1000;

/** ListObjectsV2: keys in the order of their UTF-8 bytes, what shares a prefix up to the delimiter rolled up into one. */
export function listObjects(
  bucket: { readonly name: string; readonly objects: ReadonlyMap<string, LabObject> },
  input: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { Prefix, Delimiter, StartAfter, ContinuationToken, MaxKeys = mostKeys } = input;
  const prefix = text(Prefix);
  const delimiter = text(Delimiter);
  const size = Math.min(Number(MaxKeys), mostKeys);
  if (size < 0) throw new LabError('InvalidArgument', 'Argument maxKeys must be an integer between 0 and 2147483647');
  const after = Buffer.from(ContinuationToken === undefined ? text(StartAfter) : readToken(ContinuationToken));

  const entries = entriesOf([...bucket.objects.keys()], prefix, delimiter).filter(
    ({ bytes }) => Buffer.compare(bytes, after) > 0,
  );
  const page = entries.slice(0, size);
  const last = page.at(-1);
  const truncated = last !== undefined && entries.length > size;
  return {
    Name: bucket.name,
    Prefix: prefix,
    Delimiter,
    MaxKeys: size,
    KeyCount: page.length,
    IsTruncated: truncated,
    StartAfter,
    ContinuationToken,
    ...(truncated && { NextContinuationToken: Buffer.from(`after ${last.name}`).toString('base64') }),
    Contents: page.flatMap(({ name, kind }) => {
      const object = kind === 'key' ? bucket.objects.get(name) : undefined;
      return object === undefined ? [] : [contents(name, object)];
    }),
    CommonPrefixes: page.flatMap(({ name, kind }) => (kind === 'prefix' ? [{ Prefix: name }] : [])),
  };
}

interface Entry {
  readonly kind: 'key' | 'prefix';
  readonly name: string;
  readonly bytes: Buffer;
}

function entriesOf(keys: readonly string[], prefix: string, delimiter: string): readonly Entry[] {
  const found = new Map<string, Entry>();
  for (const key of keys) {
    if (!key.startsWith(prefix)) continue;
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const name = end === -1 ? key : key.slice(0, end + delimiter.length);
    found.set(name, { kind: end === -1 ? 'key' : 'prefix', name, bytes: Buffer.from(name) });
  }
  return [...found.values()].sort((one, other) => Buffer.compare(one.bytes, other.bytes));
}

function contents(key: string, object: LabObject): object {
  const algorithm = Object.keys(object.checksums)[0]?.slice('Checksum'.length);
  return {
    Key: key,
    LastModified: new Date(object.lastModified).toISOString(),
    ETag: object.etag,
    ...(algorithm !== undefined && { ChecksumAlgorithm: [algorithm], ChecksumType: 'FULL_OBJECT' }),
    Size: object.body.length,
    StorageClass: 'STANDARD',
  };
}

function readToken(token: unknown): string {
  const match = /^after (.+)$/s.exec(Buffer.from(String(token), 'base64').toString('utf8'));
  if (match?.[1] === undefined) throw new LabError('InvalidArgument', 'The continuation token provided is incorrect');
  return match[1];
}

const text = (value: unknown): string => (value === undefined ? '' : String(value));
