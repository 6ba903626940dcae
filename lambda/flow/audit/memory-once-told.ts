import { emptyMemory, parseMemory } from '../../core/findings/lifecycle/memory.ts';
import type { Place, Problem } from '../../core/model.ts';
import type { RunMemory } from '../../core/ports.ts';
import { writeMemory } from './write-memory.ts';

interface MemoryOnceTold {
  readonly memory: RunMemory;
  /** Writes what the run remembers, once its events were sent. */
  keep(): Promise<readonly Problem[]>;
}

/**
 * A memory that is written when what the run changed has been announced. If it never was, because the bus was down or the function died, the next run finds
 * the older memory, and announces it.
 */
export function memoryOnceTold(memory: RunMemory, runStartedAt: Date): MemoryOnceTold {
  const writes: { readonly place: Place; readonly cluster: string; readonly value: object }[] = [];
  const problems: Problem[] = [];

  return {
    memory: {
      async read(place, cluster) {
        const stored = await memory.read(place, cluster);
        if (parseMemory(stored)) return stored;

        // What began before the first run is no news; what this run sees is, until it is announced.
        const value = emptyMemory(new Date(runStartedAt.getTime() - 1));
        problems.push(...(await writeMemory(memory, { place, cluster, value })));
        return value;
      },
      async write(place, cluster, value) {
        writes.push({ place, cluster, value });
      },
    },
    async keep() {
      for (const each of writes) problems.push(...(await writeMemory(memory, each)));
      // Both writes may meet the same wall.
      return [...new Map(problems.map((each) => [each.message, each])).values()];
    },
  };
}
