import { withSweeps } from '../../../lambda/adapters/s3/memory-with-sweeps.ts';
import { parseMemory } from '../../../lambda/core/findings/lifecycle/memory.ts';
import { transitionEvent } from '../../../lambda/core/run/events.ts';
import { publishAudit } from '../../../lambda/flow/audit/audit-cluster.ts';
import type { RunMemory, StoredMemory } from '../../../lambda/flow/ports.ts';
import type { SweptPorts, Variant } from './swept-estate.ts';

/** Programs that are wrong in one way, as sweeps may be. Each is to be caught by some history. */
export const brokenPrograms: Readonly<Record<string, Variant>> = {
  'lets a sweep end what its machines do not show': {
    async afterItem(ports, item, options) {
      const audit = await ports.sweeps.result(item);
      if (!audit) return;
      const { transitions = [] } = await publishAudit(ports.hub, audit, {
        ...options,
        runStartedAt: new Date(item.sweepAt),
      });
      const about = { runId: 'sweep', page: '' };
      await ports.events.put(transitions.map((each) => ({ ...transitionEvent(each, about), time: new Date() })));
    },
  },
  'publishes a result that it kept as if it were of now': {
    run: (ports) => ({ ...ports, ...(ports.memory && { memory: withoutTimes(ports.memory) }) }),
  },
  'takes the time of publishing for that of the list, so that an item that began before a machine’s birth ends its failure':
    {
      run: ({ clock, ...ports }) => ({
        ...ports,
        clock: { ...clock, now: () => new Date(clock.now().getTime() + 60 * 60_000) },
      }),
    },
  'writes what sweeps remember without a condition': {
    shared: (ports) => {
      const { sweepMemory } = ports;
      const forced: SweptPorts['sweepMemory'] = {
        ...sweepMemory,
        async write(place, cluster, value) {
          while (!(await sweepMemory.write(place, cluster, value, await sweepMemory.read(place, cluster))));
          return true;
        },
      };
      return withMemories(ports, { sweepMemory: forced });
    },
  },
  'keeps no machine in the census that has ended': {
    shared: (ports) => ({
      ...ports,
      hub: ports.hub,
      census: {
        put: (at, records) =>
          ports.census.put(
            at,
            records.filter((each) => !('ended' in each && each.ended)),
          ),
      },
    }),
  },
  'remembers before it announces': {
    item: (ports) => {
      const { events, sweepMemory } = ports;
      const waiting: Parameters<typeof events.put>[0][number][] = [];
      return {
        ...ports,
        hub: ports.hub,
        events: { put: async (sent) => void waiting.push(...sent) },
        sweepMemory: Object.assign(Object.create(sweepMemory), {
          write: async (...given: Parameters<typeof sweepMemory.write>) => {
            const isKept = await sweepMemory.write(...given);
            await events.put(waiting.splice(0));
            return isKept;
          },
        }),
      };
    },
  },
};

function withMemories(ports: SweptPorts, change: Partial<Pick<SweptPorts, 'runMemory' | 'sweepMemory'>>): SweptPorts {
  const changed = { ...ports, ...change };
  const hub = { ...ports.hub, memory: withSweeps(changed.runMemory, changed.sweepMemory) };
  return { ...changed, hub };
}

const withoutTimes = (memory: RunMemory): RunMemory => ({
  ...memory,
  read: async (...asked): Promise<StoredMemory> => {
    const stored = await memory.read(...asked);
    const read = parseMemory(stored.value);
    if (!read) return stored;
    const findings = Object.entries(read.findings).map(([key, { listed: _, ...each }]) => [key, each]);
    return { ...stored, value: { ...read, findings: Object.fromEntries(findings) } };
  },
});
