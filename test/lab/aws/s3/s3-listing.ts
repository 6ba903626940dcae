import { LabError } from '../../wire/service.ts';
import type { LabObject } from './s3-object.ts';

const mostKeys = 1000;

/** ListObjectsV2: keys in the order of their UTF-8 bytes, what shares a prefix up to the delimiter rolled up into one. */
export function listObjects(
  bucket: { readonly name: string; readonly objects: ReadonlyMap<string, LabObject> },
  { Prefix = '', Delimiter, ContinuationToken, MaxKeys = mostKeys }: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const size = Math.min(Number(MaxKeys), mostKeys);
  if (size < 0) throw new LabError('InvalidArgument', 'Argument maxKeys must be an integer between 0 and 2147483647');
  const after = Buffer.from(ContinuationToken === undefined ? '' : readToken(ContinuationToken));

  const entries = namesOf([...bucket.objects.keys()], String(Prefix), String(Delimiter ?? ''))
    .map((name) => ({ name, bytes: Buffer.from(name) }))
    .filter(({ bytes }) => Buffer.compare(bytes, after) > 0)
    .sort((one, other) => Buffer.compare(one.bytes, other.bytes));
  const page = entries.slice(0, size).map(({ name }) => name);
  const truncated = page.length > 0 && entries.length > size;
  return {
    Name: bucket.name,
    Prefix,
    Delimiter,
    MaxKeys: size,
    KeyCount: page.length,
    IsTruncated: truncated,
    ContinuationToken,
    ...(truncated && { NextContinuationToken: Buffer.from(`after ${page.at(-1)}`).toString('base64') }),
    Contents: page.flatMap((name) => {
      const object = bucket.objects.get(name);
      return object === undefined ? [] : [contents(name, object)];
    }),
    CommonPrefixes: page.flatMap((name) => (bucket.objects.has(name) ? [] : [{ Prefix: name }])),
  };
}

/** Keys, and in place of those that go on behind a delimiter what they share. */
function namesOf(keys: readonly string[], prefix: string, delimiter: string): readonly string[] {
  const names = keys
    .filter((key) => key.startsWith(prefix))
    .map((key) => {
      const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      return end === -1 ? key : key.slice(0, end + delimiter.length);
    });
  return [...new Set(names)];
}

const contents = (key: string, { lastModified, etag, body, crc32 }: LabObject) => ({
  Key: key,
  LastModified: new Date(lastModified).toISOString(),
  ETag: etag,
  ...(crc32 && { ChecksumAlgorithm: ['CRC32'], ChecksumType: 'FULL_OBJECT' }),
  Size: body.length,
  StorageClass: 'STANDARD',
});

function readToken(token: unknown): string {
  const match = /^after (.+)$/s.exec(Buffer.from(String(token), 'base64').toString('utf8'));
  if (match?.[1] === undefined) throw new LabError('InvalidArgument', 'The continuation token provided is incorrect');
  return match[1];
}
