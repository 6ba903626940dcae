import { goneMemoryPrefix, memoryPrefix, sweepMemoryPrefix } from '../../contract/names.ts';
import { accountPattern, clusterPattern, regionPattern } from '../../contract/patterns.ts';
import { parseMemory } from '../../core/findings/lifecycle/memory.ts';
import { parseSweepMemory, takenOver, untaken } from '../../core/findings/lifecycle/sweep-memory.ts';
import type { Place } from '../../core/model/model.ts';
import { jsonOf } from '../../core/model/text/words.ts';
import type { Log, MemoryStore, RememberedPlace, RunMemory } from '../../flow/ports.ts';
import type { SweepMemoryStore } from '../../flow/sweep/ports.ts';
import { type Bucket, brokenObject } from './bucket.ts';
import { type MemoryPrefix, memoryFolder, memoryKey } from './run-keys.ts';
import { checkReadable, isOwn, objectRefused } from './stored-json.ts';

const longest = 32 * 1024 * 1024;

/**
 * What is remembered of each cluster from one run to the next, below `memory/`. When a cluster is gone it moves below `memory/gone/`. Only a name that
 * returns is looked up there, so a run reads as many objects as there are clusters, and not as many as there ever were.
 */
export function s3RunMemory(bucket: Bucket, options: { readonly log: Log }): RunMemory {
  const below = (prefix: MemoryPrefix) => memoryBelow(prefix, bucket, { ...options, parse: parseMemory });
  const [there, gone] = [below(memoryPrefix), below(goneMemoryPrefix)];
  return {
    clusters: there.clusters,
    everyCluster: there.everyCluster,
    async read(place, cluster) {
      const read = await there.read(place, cluster);
      // Without its tag: a cluster that returns begins a new object.
      if (read.tag !== undefined) return read;
      const { tag: _, ...returned } = await gone.read(place, cluster);
      return returned;
    },
    async write(place, cluster, value, read) {
      if (!value?.gone) return await there.write(place, cluster, value, read);
      const isFirst = await gone.write(place, cluster, value, {});
      if (!isFirst) await gone.write(place, cluster, value, await gone.read(place, cluster));
      return await there.remove(place, cluster, read);
    },
  };
}

/** What sweeps leave for the next run about each cluster, below `memory/sweep/`. */
export const s3SweepMemory = (bucket: Bucket, options: { readonly log: Log }): SweepMemoryStore =>
  memoryBelow(sweepMemoryPrefix, bucket, { ...options, parse: parseSweepMemory });

function memoryBelow<Value extends object>(
  prefix: MemoryPrefix,
  bucket: Bucket,
  { log, parse }: { readonly log: Log; readonly parse: (value: unknown) => Value | undefined },
): MemoryBelow<Value> {
  return {
    async read(place, cluster) {
      const key = memoryKey(prefix, place, cluster);
      const held = await bucket.tagged(key, longest);
      if (!held) return {};

      const { bytes, tag } = held;
      const { ownKey, ...stored } = Object(jsonOf(`${bytes}`));
      const value = parse(stored);
      if (value && (await isOwn(bucket, key, { ...held, ownKey }))) return { value, tag };
      const because = "not this cluster's memory, so nothing counts as remembered of this one";
      const then =
        '; the next audit of the cluster writes the memory again, and announces every open failure once more';
      const refused = objectRefused(bucket.address(key), because, then);
      log.warn(refused.message, { code: refused.code });
      return { tag, refused };
    },
    async *clusters(place) {
      for await (const each of remembered(bucket, { prefix, below: memoryFolder(prefix, place) })) yield each.cluster;
    },
    everyCluster: () => remembered(bucket, { prefix, below: prefix }),
    remove: async (place, cluster, { tag }) =>
      tag === undefined || (await bucket.deleteFrom(memoryKey(prefix, place, cluster), tag)),
    async write(place, cluster, value, { tag }) {
      const key = memoryKey(prefix, place, cluster);
      const body = JSON.stringify({ ...value, ownKey: key });
      checkReadable(bucket.address(key), { body, maxBytes: longest });
      if (!parse(jsonOf(body)))
        throw brokenObject(bucket.address(key), 'it could not be read back, so it was not written');
      return await bucket.writeFrom(key, { body, type: 'application/json' }, tag);
    },
  };
}

interface MemoryBelow<Value> extends MemoryStore<Value>, Pick<SweepMemoryStore, 'remove'> {}

/** Objects below the prefix that are a cluster's memory, by their keys alone. */
async function* remembered(
  bucket: Bucket,
  { prefix, below }: { readonly prefix: MemoryPrefix; readonly below: string },
): AsyncGenerator<RememberedPlace> {
  for await (const key of bucket.keys(below)) {
    const [accountId = '', region = '', file = '', ...more] = key.slice(prefix.length).split('/');
    const cluster = file.replace(/\.json$/, '');
    // Letters come after digits: of `gone/`, which holds the names of a year, nothing is listed.
    if (accountId > ':') return;
    const isOurs = accountPattern.test(accountId) && regionPattern.test(region) && clusterPattern.test(cluster);
    if (isOurs && more.length === 0) yield { accountId, region, cluster };
  }
}

/**
 * The memory of runs with what sweeps have opened since. What is written in its place has taken that over, and it is cleared then. A sweep that opened
 * something between reading and writing is a reason to compare again.
 */
export function withSweeps(memory: RunMemory, sweeps: SweepMemoryStore): RunMemory {
  const taken = new Map<string, { readonly revision: number; readonly tag?: string }>();
  const keyOf = ({ accountId, region }: Place, cluster: string): string => `${accountId}/${region}/${cluster}`;

  return {
    async read(place, cluster) {
      const [stored, ofSweeps] = await Promise.all([memory.read(place, cluster), sweeps.read(place, cluster)]);
      const [run, swept] = [stored.value, ofSweeps.value];
      const revision = Math.max(swept?.revision ?? 0, run?.sweeps ?? 0);
      taken.set(keyOf(place, cluster), { ...ofSweeps, revision });
      const refused = stored.refused ?? ofSweeps.refused;
      return { ...stored, value: takenOver(run, swept), ...(refused && { refused }) };
    },
    async write(place, cluster, value, read) {
      const { revision, ...ofSweeps } = taken.get(keyOf(place, cluster)) ?? { revision: 0 };
      if (value.gone) {
        // What sweeps left goes first: it would be taken for failures of a new cluster of that name, whose revisions begin again.
        const isRemoved = await sweeps.remove(place, cluster, ofSweeps);
        return isRemoved && (await memory.write(place, cluster, { ...value, sweeps: undefined }, read));
      }
      const ours = revision > 0 ? { ...value, sweeps: revision } : value;
      if (!(await memory.write(place, cluster, ours, read))) return false;

      const left = await sweeps.read(place, cluster);
      const swept = left.value;
      if (!swept || Object.keys(swept.opened).length === 0) return true;
      if (Object.keys(untaken(swept, ours)).length > 0) return false;
      return await sweeps.write(place, cluster, { ...swept, opened: {} }, left);
    },
    clusters: async function* (place) {
      const seen = new Set<string>();
      for (const each of [memory, sweeps])
        for await (const cluster of each.clusters(place)) if (!seen.has(cluster)) yield seen.add(cluster) && cluster;
    },
    everyCluster: async function* () {
      const seen = new Map<string, RememberedPlace>();
      for (const each of [memory, sweeps])
        for await (const place of each.everyCluster()) seen.set(Object.values(place).join('/'), place);
      yield* seen.values();
    },
  };
}
