import { isDeepStrictEqual } from 'node:util';
import pMap, { pMapIterable } from 'p-map';
import { hasCode } from '../../contract/problem-codes.ts';
import {
  announced,
  hidings,
  keyOfFinding,
  type Memory,
  type RememberedFinding,
  unannounced,
  writtenBack,
} from '../../core/findings/lifecycle/memory.ts';
import { clusterArnOf } from '../../core/model/cluster-arn.ts';
import type { Place, Problem, Transition } from '../../core/model/model.ts';
import type { RememberedPlace, RunMemory, StoredMemory } from '../ports.ts';
import { operatorProblem } from '../problem-of.ts';

interface Write {
  readonly place: Place;
  readonly cluster: string;
  readonly value: Memory;
  /** What was read, in place of which it is written. */
  readonly read: Pick<StoredMemory, 'tag'>;
}

/** What is not remembered is announced again by the next run, and held back a run longer: a problem, and no reason to lose what was written. */
export async function writeMemory(
  memory: RunMemory | undefined,
  { place, cluster, value, read }: Write,
): Promise<readonly Problem[]> {
  try {
    const isWritten = (await memory?.write(place, cluster, value, read)) ?? true;
    return isWritten ? [] : [memoryChanged(place, cluster)];
  } catch (error) {
    const untilThen =
      'the next run announces the same again, and a node that cannot be read keeps its last proven status longer';
    return [operatorProblem(error, `fix the problem in the message; until then ${untilThen}`)];
  }
}

/** Another writer was there between reading and writing: what was compared has to be compared again. */
export const isMemoryChanged = hasCode('memory-changed');

const memoryChanged = ({ accountId, region }: Place, cluster: string): Problem => ({
  code: 'memory-changed',
  message: `what is remembered of cluster ${cluster} (${accountId}, ${region}) was changed by another writer after it was read`,
  remedy: 'nothing: the next run, or the same command, compares again with what is there now',
});

/** Objects of the bucket that are read or written side by side. */
const atOnce = 16;

/** What is remembered of each of these clusters, in their order. */
export const readMemories = <Where extends RememberedPlace>(
  memory: RunMemory,
  clusters: AsyncIterable<Where> | Iterable<Where>,
): AsyncIterable<{ readonly where: Where; readonly read: StoredMemory }> =>
  pMapIterable(
    clusters,
    async (where) => ({ where, read: await memory.read({ partition: '', ...where }, where.cluster) }),
    { concurrency: atOnce },
  );

/**
 * A memory that is written when what the run saw has been announced. If it could not be, because the bus was down, or if the function died, the next run announces it.
 * New failures, and that something is about to be published, are remembered at once. So a function that dies then leaves no failure that nobody knows, and
 * the next run knows what it sent.
 */
export function memoryAfterEvents(memory: RunMemory) {
  const stored = new Map<string, StoredMemory>();
  const writes: Write[] = [];
  const ahead = new Map<string, StoredMemory>();
  const keyOf = ({ accountId, region }: Place, cluster: string): string => `${accountId}/${region}/${cluster}`;

  const kept: RunMemory = {
    async read(place, cluster) {
      const read = await memory.read(place, cluster);
      stored.set(keyOf(place, cluster), read);
      return read;
    },
    clusters: (place) => memory.clusters(place),
    everyCluster: () => memory.everyCluster(),
    async write(place, cluster, value, read) {
      writes.push({ place, cluster, value, read: ahead.get(keyOf(place, cluster)) ?? read });
      return true;
    },
    /** Whatever goes wrong here, the later write meets it too, and reports it. */
    async writeAhead(place, cluster, after, read) {
      const { value: before, refused } = read;
      const news = refused || ahead.has(keyOf(place, cluster)) ? undefined : unannounced(before, after);
      if (!news) return;
      const value = writtenBack(before, news);
      if ((await writeMemory(memory, { place, cluster, value, read })).length > 0) return;
      const now = await memory.read(place, cluster);
      const isOurs = Object.entries(value).every(([field, each]) => isDeepStrictEqual(Object(now.value)[field], each));
      if (isOurs) ahead.set(keyOf(place, cluster), now);
    },
  };
  return {
    memory: kept,
    /** Whether something that this program did not write is in its place. */
    get isRefused(): boolean {
      return [...stored.values()].some(({ refused }) => refused !== undefined);
    },
    /** Writes what the run remembers, once its events were sent or could not be. */
    async keep(isAnnounced: boolean): Promise<readonly Problem[]> {
      const problems = await pMap(
        writes,
        async ({ place, cluster, value, read }) => {
          const before = stored.get(keyOf(place, cluster))?.value;
          const kept = isAnnounced ? announced(value) : unannounced(before, value);
          return kept ? await writeMemory(memory, { place, cluster, value: writtenBack(before, kept), read }) : [];
        },
        { concurrency: atOnce },
      );
      return [...new Map(problems.flat().map((each) => [each.message, each])).values()];
    },
  };
}

/** By finding, what an invocation announced last; by `FINDING suppressed`, that it is suppressed. */
export type AnnouncedKinds = ReadonlyMap<string, Transition['kind']>;

/**
 * The memory as it is for an invocation that has announced something and then found that another writer was there: people have heard that, whatever is remembered.
 */
export const afterAnnouncing = (memory: RunMemory, announced: AnnouncedKinds): RunMemory => ({
  async read(place, cluster) {
    const stored = await memory.read(place, cluster);
    const read = stored.value;
    if (!read || announced.size === 0) return stored;

    const { arn } = clusterArnOf(place, cluster);
    const findings: Record<string, RememberedFinding> = { ...read.findings };
    for (const [about, kind] of announced) {
      const [id = ''] = about.split(' ');
      if (!id.includes(`/${arn}/`)) continue;
      const key = keyOfFinding(id, arn);
      const after = afterKind(findings[key], kind);
      if (after) findings[key] = after;
    }
    return { ...stored, value: { ...read, findings } };
  },
  write: (...given) => memory.write(...given),
  clusters: (place) => memory.clusters(place),
  everyCluster: () => memory.everyCluster(),
});

function afterKind(before: RememberedFinding | undefined, kind: Transition['kind']): RememberedFinding | undefined {
  const { announced: _, ...unannounced } = before ?? {};
  const { overwritten: __, ...restored } = before ?? {};
  switch (kind) {
    case 'suppressed':
      return { ...before, hidden: [...hidings] };
    case 'overwritten':
      return restored;
    case 'opened':
    case 'unreadable':
      return { ...unannounced, announced: kind };
    case 'resolved':
    case 'withdrawn':
      return before && unannounced;
  }
}
