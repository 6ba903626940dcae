import { takenOver, untaken } from '../../core/findings/lifecycle/sweep-memory.ts';
import type { Place } from '../../core/model/model.ts';
import type { RememberedPlace, RunMemory } from '../../flow/ports.ts';
import type { SweepMemoryStore } from '../../flow/sweep/ports.ts';

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
      return { ...stored, value: takenOver(run, swept) };
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
