import type { Instance } from '../../../lambda/core/model/model.ts';
import { ok } from '../../../lambda/core/model/result.ts';
import type { WantedInstances } from '../../../lambda/core/read/inventory/wanted-instances.ts';
import type { ItemAnswer } from '../../../lambda/core/run/answer.ts';
import type { HubPorts } from '../../../lambda/flow/run/ports.ts';
import { factsOf } from '../../fakes/ports.ts';
import type { Variant } from './audited-estate.ts';
import { type Estate, regions, sites } from './estate.ts';
import type { Actor } from './moves.ts';

interface BrokenProgram extends Variant {
  /** Who finds it out. */
  readonly actors: readonly Actor[];
}

const withoutLookup: NonNullable<Variant['ports']> = ({ instanceLookup: _, ...ports }) => ports;

/** Programs that trust somebody whom they must not, or that look away in one place. Each is to be caught by some history. */
export const brokenPrograms: Readonly<Record<string, BrokenProgram>> = {
  'believes Auto Mode’s tag': {
    actors: ['tagger'],
    ports: withInstances((each, estate) => {
      const pool = machineOf(estate, each.id)?.pool;
      return pool ? [{ ...each, group: { kind: 'auto-mode', name: pool } }] : [each];
    }),
  },
  'knows only machines that the API server lists': {
    actors: ['clusterAdmin'],
    ports: withInstances((each, estate) => {
      const named = sites.flatMap((each) => estate.clusters[each].nodes);
      return named.some(({ name, providerId }) => name === each.privateDnsName || providerId?.endsWith(each.id))
        ? [each]
        : [];
    }),
  },
  'believes addresses, and so distrusts the node whose address another one claims': {
    actors: ['clusterAdmin'],
    ports: withInstances(({ addresses: _, privateIp: __, ...each }) => [each]),
  },
  'takes every machine for a young one': {
    actors: ['clusterAdmin'],
    ports: withInstances((each, { now }) => [{ ...each, launchedAt: new Date(now).toISOString() }]),
  },
  'takes a Node object that is deleted for a machine that is gone': {
    actors: ['taggingAdmin'],
    ports: withFound((each) => ({ ...each, state: 'terminated' })),
  },
  'lets a waiver name a group that only a label names': {
    actors: ['taggingAdmin', 'settings'],
    options: (options, { waived }) => ({
      ...options,
      waivers: (options.waivers ?? []).map((each) => (waived ? { ...each, nodeGroup: '*' } : each)),
    }),
  },
  'knows no machine by its address, and no machine that failed': {
    actors: ['taggingAdmin'],
    ports: withLookup(({ ids = [] }) => ({ ids: ids.filter(() => false) })),
  },
  'looks up no machine that the tags don’t show': { actors: ['tagger'], ports: withoutLookup },
  'reads what is tagged for two clusters in both': {
    actors: ['tagger'],
    ports: withInstances(({ clusters: _, ...each }) => [each]),
  },
  'reads through the API server without looking at the list again': {
    actors: ['clusterAdmin'],
    ports: ({ nodeList, ...ports }) => {
      const first = new Map<string, ReturnType<NonNullable<typeof nodeList>['nodes']>>();
      return {
        ...ports,
        ...(nodeList && {
          nodeList: {
            nodes: async (cluster, signal) => {
              const key = cluster.arn?.arn ?? '';
              const kept = first.get(key);
              if (!kept) first.set(key, nodeList.nodes(cluster, signal));
              else first.delete(key);
              return await (kept ?? nodeList.nodes(cluster, signal));
            },
          },
        }),
      };
    },
  },
  'mails what any account puts on the bus': { actors: ['busWriter'], hearsEverybody: true },
  'mails no list of new gaps': {
    actors: ['rootOfNode', 'clusterAdmin'],
    ports: withEvents((each) => (each.type === 'Gaps Opened' ? [] : [each])),
  },
  'says nothing of what is suppressed': {
    actors: ['findingsWriter'],
    ports: withEvents((each) => (each.type === 'Finding Suppressed' ? [] : [each])),
  },
  'counts silent nodes as read': { actors: ['clusterAdmin'], ports: withAnswers(withoutGaps('nodes-unread')) },
  'counts machines that are not listed as read': {
    actors: ['clusterAdmin'],
    ports: withAnswers(withoutGaps('instances-not-listed')),
  },
  'makes nothing of it that EC2 is denied': {
    actors: ['accountAdmin', 'clusterAdmin'],
    ports: withAnswers(withoutProblem('ec2-forbidden')),
  },
  'takes every cluster for completely listed': {
    actors: ['accountAdmin'],
    ports: withAnswers((answer) => ({ ...answer, complete: true, problems: [] })),
  },
  'forgets the Regions that it no longer sees': {
    actors: ['accountAdmin'],
    ports: ({ memory, ...ports }) => ({
      ...ports,
      ...(memory && { memory: { ...bound(memory), async *everyCluster() {} } }),
    }),
  },
  'believes that Security Hub holds what it sent': { actors: ['findingsWriter'], ports: believing },
  'calls resolved what nobody looks at any more': {
    actors: ['settings'],
    ports: withEvents((each) => [each.type === 'Finding Withdrawn' ? { ...each, type: 'Finding Resolved' } : each]),
  },
  'withdraws in silence': {
    actors: ['settings'],
    ports: withEvents((each) => (each.type === 'Finding Withdrawn' ? [] : [each])),
  },
  'says nothing of the Regions that settings leave out': {
    actors: ['settings'],
    ports: (ports) => {
      const discovery = ports.runs.discovery.bind(ports.runs);
      const withoutSkipped = async (runId: string) => {
        const found = await discovery(runId);
        return found && { ...found, skipped: [] };
      };
      return Object.assign(ports, { runs: Object.assign(ports.runs, { discovery: withoutSkipped }) });
    },
  },
  'takes a machine that shows no kubelet for gone': {
    actors: ['clusterAdmin'],
    ports: (ports, estate) => {
      const isHidden = ({ id }: Instance) => machineOf(estate, id)?.isHidden === true;
      const listed = withInstances((each) => (isHidden(each) ? [] : [each]))(ports, estate);
      return withFound((each) => (isHidden(each) ? { ...each, state: 'terminated' } : each))(listed, estate);
    },
  },
  'runs whichever version of the document is the default one': {
    actors: ['accountAdmin', 'rootOfNode'],
    ports: ({ kubeletSources, ...ports }, estate) => ({
      ...ports,
      kubeletSources: kubeletSources.map((source) => ({
        via: source.via,
        async *read(...asked) {
          const at = regions.find((each) => each === asked[0].arn?.region) ?? 'eu-west-1';
          const isLying = source.via === 'ssm' && estate.regions[at].documents.at(-1) === 'lying';
          for await (const each of source.read(...asked)) {
            const hasMachine = each.node.machine.status === 'confirmed';
            yield isLying && hasMachine ? { ...each, result: ok(factsOf('ssm')) } : each;
          }
        },
      })),
    }),
  },
  'announces no gaps': {
    actors: ['rootOfNode', 'accountAdmin'],
    ports: withEvents((each) => (each.type === 'Gap Opened' ? [] : [each])),
  },
  'calls a gap over in the next breath': {
    actors: ['rootOfNode', 'accountAdmin'],
    ports: withEvents((each) => (each.type === 'Gap Opened' ? [each, { ...each, type: 'Gap Closed' }] : [each])),
  },
  'passes what only the files say': {
    actors: ['rootOfNode'],
    ports: ({ kubeletSources, ...ports }) => ({
      ...ports,
      kubeletSources: kubeletSources.map(({ via, read }) => ({
        via,
        async *read(...asked) {
          for await (const { node, result } of read(...asked))
            yield { node, result: result.ok ? ok(restarted(result.value)) : result };
        },
      })),
    }),
  },
  'forgets what it read': {
    actors: ['settings'],
    ports: ({ memory, ...ports }) => ({
      ...ports,
      ...(memory && {
        memory: {
          ...bound(memory),
          read: async (...asked) => ({ ...(await memory.read(...asked)), value: undefined }),
        },
      }),
    }),
  },
};

const machineOf = (estate: Estate, id: string) => estate.machines().find((each) => each.id === id);

function withInstances(
  change: (instance: Instance, estate: Estate) => readonly Instance[],
): NonNullable<Variant['ports']> {
  return ({ instanceDirectories, ...ports }, estate) => ({
    ...ports,
    instanceDirectories: instanceDirectories.map(({ instances }) => ({
      instances: async (...asked) => {
        const found = await instances(...asked);
        return found.ok ? ok(found.value.flatMap((each) => change(each, estate))) : found;
      },
    })),
  });
}

function withLookup(
  change: (wanted: WantedInstances) => WantedInstances,
  of: (found: Instance) => Instance = (same) => same,
): NonNullable<Variant['ports']> {
  return ({ instanceLookup, ...ports }) => ({
    ...ports,
    ...(instanceLookup && {
      instanceLookup: {
        find: async (cluster, wanted, signal) => {
          const found = await instanceLookup.find(cluster, change(wanted), signal);
          return found.ok ? ok(found.value.map(of)) : found;
        },
      },
    }),
  });
}

function withFound(of: (found: Instance) => Instance): NonNullable<Variant['ports']> {
  return withLookup((same) => same, of);
}

function withAnswers(change: (answer: ItemAnswer) => ItemAnswer): NonNullable<Variant['ports']> {
  return (ports) => {
    const putAnswer = ports.runs.putAnswer.bind(ports.runs);
    return Object.assign(ports, {
      runs: Object.assign(ports.runs, {
        putAnswer: (runId: string, answer: ItemAnswer) => putAnswer(runId, change(answer)),
      }),
    });
  };
}

const bound = (memory: NonNullable<HubPorts['memory']>): NonNullable<HubPorts['memory']> => ({
  read: (...asked) => memory.read(...asked),
  write: (...told) => memory.write(...told),
  clusters: (place) => memory.clusters(place),
  everyCluster: () => memory.everyCluster(),
});

function withoutGaps(code: string): (answer: ItemAnswer) => ItemAnswer {
  return (answer) => ({ ...answer, gaps: answer.gaps.filter(({ problem }) => problem.code !== code) });
}

function withoutProblem(code: string): (answer: ItemAnswer) => ItemAnswer {
  return (answer) =>
    answer.problems[0]?.code === code ? { ...answer, complete: true, problems: answer.problems.slice(1) } : answer;
}

type Sent = Parameters<HubPorts['events']['put']>[0][number];

function withEvents(change: (event: Sent) => readonly Sent[]): NonNullable<Variant['ports']> {
  return ({ events, ...ports }) => ({ ...ports, events: { put: (sent) => events.put(sent.flatMap(change)) } });
}

/** What was sent once is taken for what is there. */
function believing({ findings, ...ports }: HubPorts): HubPorts {
  const sent = new Map<string, Parameters<typeof findings.write>[1][number]>();
  return {
    ...ports,
    findings: {
      write: (place, each) => {
        for (const finding of each) sent.set(finding.Id, finding);
        return findings.write(place, each);
      },
      async *stored(...asked) {
        for await (const each of findings.stored(...asked)) {
          const { Compliance, RecordState, ProductFields } = sent.get(each.id) ?? {};
          yield {
            ...each,
            ...(Compliance && { complianceStatus: Compliance.Status }),
            ...(RecordState && { recordState: RecordState }),
            ...(ProductFields && { productFields: ProductFields }),
          };
        }
      },
    },
  };
}

function restarted<T extends { readonly settings: object }>(facts: T): T {
  const settings = Object.fromEntries(
    Object.entries(facts.settings).map(([path, { pendingRestart: _, ...fact }]) => [path, fact]),
  );
  return { ...facts, settings: { ...facts.settings, ...settings } };
}
