import { jsonOf } from '../../core/kubelet/documents/json-of.ts';
import type { RunMemory } from '../../core/ports.ts';
import { type Bucket, brokenObject } from './bucket.ts';
import { memoryKey } from './run-keys.ts';

const longest = 8 * 1024 * 1024;

/** What is remembered of each cluster from one run to the next, below `memory/`. */
export const s3RunMemory = (bucket: Bucket): RunMemory => ({
  async read(place, cluster) {
    const text = await bucket.read(memoryKey(place, cluster), longest);
    // What is no JSON no run wrote: nothing is remembered then, as without an object.
    return text === undefined ? undefined : jsonOf(text);
  },
  async write(place, cluster, value) {
    const key = memoryKey(place, cluster);
    const body = JSON.stringify(value);
    if (Buffer.byteLength(body) > longest)
      throw brokenObject(bucket.address(key), 'it would be too large to be read again');
    await bucket.write(key, { body, type: 'application/json' });
  },
});
