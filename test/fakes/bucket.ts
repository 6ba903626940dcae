import { createHash } from 'node:crypto';
import type { Bucket } from '../../lambda/adapters/s3/bucket.ts';

/** A bucket in memory, with the conditions of S3: two writers of one object never both win. */
export function fakeBucket(): Bucket & {
  readonly objects: Map<string, { readonly body: Buffer; readonly tag: string }>;
} {
  const objects = new Map<string, { readonly body: Buffer; readonly tag: string }>();
  let writes = 0;
  const write: Bucket['write'] = async (key, { body }) => {
    writes += 1;
    objects.set(key, { body: Buffer.from(body), tag: `"${writes}"` });
  };
  const bytes = async (key: string) => objects.get(key)?.body;
  const writeFrom: Bucket['writeFrom'] = async (key, content, tag) => {
    if (objects.get(key)?.tag !== tag) return false;
    await write(key, content);
    return true;
  };
  const below = (prefix: string) => [...objects.keys()].filter((key) => key.startsWith(prefix)).toSorted();
  return {
    objects,
    address: (key) => `s3://bucket/${key}`,
    bytes,
    read: async (key) => (await bytes(key))?.toString('utf8'),
    async tagged(key) {
      const found = objects.get(key);
      return found && { bytes: found.body, tag: found.tag };
    },
    async sha256(key) {
      const found = await bytes(key);
      return found && createHash('sha256').update(found).digest('hex');
    },
    write,
    writeOnce: (key, content) => writeFrom(key, content, undefined),
    writeFrom,
    deleteFrom: async (key, tag) => objects.get(key)?.tag === tag && objects.delete(key),
    async *keys(prefix) {
      yield* below(prefix);
    },
    async *names(prefix) {
      yield* new Set(below(prefix).map((key) => key.slice(prefix.length).replace(/\/.*/s, '/')));
    },
  };
}
