import { withSweeps } from '../../../lambda/adapters/s3/run-memory.ts';
import { transitionEvents } from '../../../lambda/core/run/events.ts';
import { publishAudit } from '../../../lambda/flow/audit/audit-cluster.ts';
import { changing, type Sent, withMethod } from '../broken-ports.ts';
import type { Variant } from './swept-estate.ts';

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
      await ports.events.put(transitionEvents(transitions, about).map((each) => ({ ...each, time: new Date() })));
    },
  },
  'publishes a result that it kept as if it were of now': {
    run: changing('memory', 'read', (read) => async (...asked) => {
      const stored = await read(...asked);
      const { value } = stored;
      if (!value) return stored;
      const findings = Object.entries(value.findings).map(([key, { listed: _, ...each }]) => [key, each]);
      return { ...stored, value: { ...value, findings: Object.fromEntries(findings) } };
    }),
  },
  'takes the time of publishing for that of the list, so that an item that began before a machine’s birth ends its failure':
    { run: changing('clock', 'now', (now) => () => new Date(now().getTime() + 60 * 60_000)) },
  'writes what sweeps remember without a condition': {
    shared: (ports) => {
      const sweepMemory = withMethod(ports.sweepMemory, 'write', (write) => async (place, cluster, value) => {
        while (!(await write(place, cluster, value, await ports.sweepMemory.read(place, cluster))));
        return true;
      });
      return { ...ports, sweepMemory, hub: { ...ports.hub, memory: withSweeps(ports.runMemory, sweepMemory) } };
    },
  },
  'keeps no machine in the census that has ended': {
    shared: (ports) => ({
      ...ports,
      census: withMethod(
        ports.census,
        'put',
        (put) => (at, records) =>
          put(
            at,
            records.filter((each) => !('ended' in each && each.ended)),
          ),
      ),
    }),
  },
  'remembers before it announces': {
    item: (ports) => {
      const waiting: Sent[] = [];
      return {
        ...ports,
        events: { put: async (sent) => void waiting.push(...sent) },
        sweepMemory: withMethod(ports.sweepMemory, 'write', (write) => async (...given) => {
          const isKept = await write(...given);
          await ports.events.put(waiting.splice(0));
          return isKept;
        }),
      };
    },
  },
};
