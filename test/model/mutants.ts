import { type Memory, parseMemory } from '../../lambda/core/findings/lifecycle/memory.ts';
import { err, ok } from '../../lambda/core/model/result.ts';
import type { StoredFinding } from '../../lambda/core/model/stored-finding.ts';
import type { HubPorts } from '../../lambda/flow/run/ports.ts';
import type { Variant } from './audited-world.ts';

/** Programs that are wrong in one way, as such programs usually are. A test that does not notice them proves nothing. */
export const mutants: Readonly<Record<string, Variant>> = {
  'takes a list of nodes that broke off for a whole one': {
    ports: ({ nodeList, ...ports }) => ({
      ...ports,
      ...(nodeList && {
        nodeList: {
          nodes: async (...asked) => {
            const listed = await nodeList.nodes(...asked);
            return listed.ok ? listed : ok([]);
          },
        },
      }),
    }),
  },
  'takes launch templates that could not be read for none': {
    ports: ({ launchDirectory, ...ports }) => ({
      ...ports,
      ...(launchDirectory && {
        launchDirectory: {
          groups: async (...asked) => ({ ...(await launchDirectory.groups(...asked)), complete: true }),
        },
      }),
    }),
  },
  'takes a list of clusters that broke off for a whole one': {
    ports: ({ regionalClusters, ...ports }) => ({
      ...ports,
      regionalClusters: {
        ...regionalClusters,
        names: async (...asked) => {
          const listed = await regionalClusters.names(...asked);
          return listed.ok ? listed : ok([]);
        },
      },
    }),
  },
  'holds nothing back': { ports: ({ memory: _, ...ports }) => ports },
  'holds back for ever': {
    ports: (ports) => ({
      ...ports,
      memory: {
        read: async () => ({ value: undefined }),
        write: async () => true,
        async *clusters() {},
        async *everyCluster() {},
      },
    }),
  },
  'counts a run that is done again as another one': { ports: remembered((each) => ({ ...each, runId: 'another' })) },
  'forgets what it read': {
    ports: remembered((each) => ({
      ...each,
      findings: Object.fromEntries(Object.entries(each.findings).filter(([, { unreadable }]) => unreadable)),
    })),
  },
  'forgets what it announced': {
    ports: remembered((each) => ({
      ...each,
      findings: Object.fromEntries(
        Object.entries(each.findings).map(([key, { announced: _, ...rest }]) => [key, rest]),
      ),
    })),
  },
  'is silent where Security Hub holds nothing': {
    ports: ({ events, ...ports }) => ({
      ...ports,
      events: { put: async (sent) => events.put(sent.filter(({ detail }) => Object(detail).securityHub === 'taken')) },
    }),
  },
  'calls a failure resolved that nobody looks at any more': {
    ports: ({ events, ...ports }) => ({
      ...ports,
      events: {
        put: async (sent) =>
          events.put(
            sent.map((each) => (each.type === 'Finding Withdrawn' ? { ...each, type: 'Finding Resolved' } : each)),
          ),
      },
    }),
  },
  'takes a refusal for silence': {
    ports: (ports) => ({
      ...ports,
      kubeletSources: ports.kubeletSources.map(({ via, read }) => ({
        via,
        async *read(...asked) {
          for await (const { node, result } of read(...asked))
            yield { node, result: result.ok ? result : err({ ...result.error, kind: 'unreadable' }) };
        },
      })),
    }),
  },
  'sends times that do not grow': {
    ports: written((findings) => findings.map((each) => ({ ...each, UpdatedAt: each.CreatedAt }))),
  },
  'dates everything anew': {
    ports: written((findings) => findings.map((each) => ({ ...each, CreatedAt: each.UpdatedAt }))),
  },
  'sends everything in each run': { ports: stored((each) => [{ ...each, productFields: {} }]) },
  'asks for active findings only': { ports: stored((each) => (each.recordState === 'ARCHIVED' ? [] : [each])) },
  'reads the first page only': { ports: stored((each, index) => (index < 3 ? [each] : [])) },
  'never refreshes': {
    ports: (ports) =>
      stored((each) => [{ ...each, updatedAt: new Date(ports.clock.now().getTime() - 1000).toISOString() }])(ports),
  },
  'announces no ends': {
    ports: ({ events, ...ports }) => ({
      ...ports,
      events: { put: async (sent) => events.put(sent.filter(({ type }) => type !== 'Finding Resolved')) },
    }),
  },
  'forgets what the bus did not take': {
    ports: ({ events, ...ports }) => ({
      ...ports,
      events: { put: async (sent) => events.put(sent).catch(() => undefined) },
    }),
  },
  'lets waivers hold for ever': {
    options: (options) => ({
      ...options,
      waivers: (options.waivers ?? []).map((each) => ({ ...each, expires: '9999-12-31' })),
    }),
  },
  'dates findings by the time of its doing': {
    options: (options, { now }) => ({ ...options, runStartedAt: new Date(now) }),
  },
  'never changes its scope': { options: (options) => ({ ...options, scope: 'node-group' }) },
};

type Findings = Parameters<HubPorts['findings']['write']>[1];

function written(change: (findings: Findings) => Findings): NonNullable<Variant['ports']> {
  return ({ findings, ...ports }) => ({
    ...ports,
    findings: { ...findings, write: (place, sent) => findings.write(place, change(sent)) },
  });
}

function remembered(change: (memory: Memory) => Memory): NonNullable<Variant['ports']> {
  return ({ memory, ...ports }) => ({
    ...ports,
    ...(memory && {
      memory: {
        ...memory,
        read: async (...asked) => {
          const stored = await memory.read(...asked);
          const read = parseMemory(stored.value);
          return { ...stored, value: read && change(read) };
        },
        write: (...told) => memory.write(...told),
      },
    }),
  });
}

function stored(
  seen: (finding: StoredFinding, index: number) => readonly StoredFinding[],
): NonNullable<Variant['ports']> {
  return ({ findings, ...ports }) => ({
    ...ports,
    findings: {
      ...findings,
      async *stored(...asked) {
        let index = 0;
        for await (const each of findings.stored(...asked)) {
          yield* seen(each, index);
          index += 1;
        }
      },
    },
  });
}
