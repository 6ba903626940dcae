import { type Memory, parseMemory, unannounced, writtenBack } from '../../core/findings/lifecycle/memory.ts';
import type { Place, Problem } from '../../core/model/model.ts';
import { OperatorError } from '../../core/model/operator-error.ts';
import type { RunMemory } from '../ports.ts';

interface Write {
  readonly place: Place;
  readonly cluster: string;
  readonly value: Memory;
}

/** What is not remembered is announced again by the next run, and held back a run longer: a problem, and no reason to lose what was written. */
export async function writeMemory(
  memory: RunMemory | undefined,
  { place, cluster, value }: Write,
): Promise<readonly Problem[]> {
  try {
    await memory?.write(place, cluster, value);
    return [];
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    return [
      {
        code: error.code,
        message: error.message,
        remedy:
          'fix what the message names; until then the next run announces the same again, and a node that cannot be read keeps its last proven status longer',
      },
    ];
  }
}

interface MemoryAfterEvents {
  readonly memory: RunMemory;
  /** Writes what the run remembers, once its events were sent or could not be. */
  keep(isAnnounced: boolean): Promise<readonly Problem[]>;
}

/**
 * A memory that is written when what the run saw has been announced. If it could not be, because the bus was down, what was announced before stays as it was; if the
 * function died, all of it does. The next run announces it then.
 */
export function memoryAfterEvents(memory: RunMemory): MemoryAfterEvents {
  const stored = new Map<string, unknown>();
  const before = new Map<string, Memory | undefined>();
  const writes: Write[] = [];
  const keyOf = ({ accountId, region }: Place, cluster: string): string => `${accountId}/${region}/${cluster}`;

  return {
    memory: {
      async read(place, cluster) {
        const key = keyOf(place, cluster);
        // The inventory and the findings are about the same memory.
        if (!stored.has(key)) stored.set(key, await memory.read(place, cluster));
        before.set(key, parseMemory(stored.get(key)));
        return stored.get(key);
      },
      clusters: (place) => memory.clusters(place),
      everyCluster: () => memory.everyCluster(),
      async write(place, cluster, value) {
        writes.push({ place, cluster, value });
      },
    },
    async keep(isAnnounced) {
      const problems: Problem[] = [];
      for (const { place, cluster, value } of writes) {
        const stored = before.get(keyOf(place, cluster));
        const kept = isAnnounced ? value : unannounced(stored, value);
        if (kept) problems.push(...(await writeMemory(memory, { place, cluster, value: writtenBack(stored, kept) })));
      }
      return [...new Map(problems.map((each) => [each.message, each])).values()];
    },
  };
}
