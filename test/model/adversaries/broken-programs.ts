import { gunzipSync, gzipSync } from 'node:zlib';
import type { Bucket } from '../../../lambda/adapters/s3/bucket.ts';
import { runKeys } from '../../../lambda/adapters/s3/run-keys.ts';
import { s3RunMemory } from '../../../lambda/adapters/s3/run-memory.ts';
import { clusterResult } from '../../../lambda/adapters/s3/run-results.ts';
import { s3RunStore } from '../../../lambda/adapters/s3/run-store.ts';
import type { AsffFinding } from '../../../lambda/core/findings/asff/asff.ts';
import type { Instance } from '../../../lambda/core/model/model.ts';
import { ok } from '../../../lambda/core/model/result.ts';
import { type ItemAnswer, itemAnswer } from '../../../lambda/core/run/answer.ts';
import { itemName } from '../../../lambda/core/run/item.ts';
import type { HubPorts } from '../../../lambda/flow/run/ports.ts';
import { asStored, factsOf, silentLog } from '../../fakes/ports.ts';
import { callsWithdrawnResolved, changing, changingEach, sending, silentAbout } from '../broken-ports.ts';
import type { Variant } from './audited-estate.ts';
import { type Estate, regions, sites } from './estate.ts';
import type { Actor } from './moves.ts';
import { itemAt } from './prefix-writes.ts';

interface BrokenProgram extends Variant {
  /** Who finds it out. */
  readonly actors: readonly Actor[];
}

/** Programs that trust somebody whom they must not, or that look away in one place. Each is to be caught by some history. */
export const brokenPrograms: Readonly<Record<string, BrokenProgram>> = {
  'believes Auto Mode’s tag': {
    actors: ['tagger'],
    ports: listing((each, estate) => {
      const pool = machineOf(estate, each)?.pool;
      return pool ? [{ ...each, group: { kind: 'auto-mode', name: pool } }] : [each];
    }),
  },
  'knows only machines that the API server lists': {
    actors: ['clusterAdmin'],
    ports: listing((each, estate) => {
      const named = sites.flatMap((site) => estate.clusters[site].nodes);
      return named.some(({ name, providerId }) => name === each.privateDnsName || providerId?.endsWith(each.id))
        ? [each]
        : [];
    }),
  },
  'believes addresses, and so distrusts the node whose address another one claims': {
    actors: ['clusterAdmin'],
    ports: listing(({ addresses: _, privateIp: __, ...each }) => [each]),
  },
  'takes every machine for a young one': {
    actors: ['clusterAdmin'],
    ports: listing((each, { now }) => {
      const at = new Date(now).toISOString();
      return [{ ...each, launchedAt: at, attachedAt: at }];
    }),
  },
  'lets youth excuse a machine that failed before': {
    actors: ['machineOwner'],
    ports: (ports, estate) =>
      changing('memory', 'read', (read) => async (...asked) => {
        const { value, ...kept } = await read(...asked);
        return { ...kept, value: value && { ...value, machines: {} } };
      })(
        listing(({ launchedAt = '', ...each }) => [{ ...each, launchedAt, attachedAt: launchedAt }])(ports, estate),
        estate,
      ),
  },
  'takes a Node object that is deleted for a machine that is gone': {
    actors: ['taggingAdmin'],
    ports: finding((each) => ({ ...each, state: 'terminated' })),
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
    ports: changing(
      'instanceLookup',
      'find',
      (find) =>
        (cluster, { ids = [] }, signal) =>
          find(cluster, { ids: ids.filter(() => false) }, signal),
    ),
  },
  'looks up no machine that the tags don’t show': {
    actors: ['tagger'],
    ports: ({ instanceLookup: _, ...ports }) => ports,
  },
  'reads what is tagged for two clusters in both': {
    actors: ['tagger'],
    ports: listing(({ clusters: _, ...each }) => [each]),
  },
  'reads through the API server without looking at the list again': {
    actors: ['clusterAdmin'],
    ports: changing('nodeList', 'nodes', (nodes) => {
      const first = new Map<string, ReturnType<typeof nodes>>();
      return async (cluster, signal) => {
        const key = cluster.arn?.arn ?? '';
        const kept = first.get(key);
        if (!kept) first.set(key, nodes(cluster, signal));
        else first.delete(key);
        return await (kept ?? nodes(cluster, signal));
      };
    }),
  },
  'mails what any account puts on the bus': { actors: ['busWriter'], hearsEverybody: true },
  'mails no list of new gaps': {
    actors: ['rootOfNode', 'clusterAdmin'],
    ports: sending((each) => (each.type === 'Gaps Opened' ? [] : [each])),
  },
  'says nothing of what is suppressed': {
    actors: ['findingsWriter'],
    ports: silentAbout('suppressed'),
  },
  'counts silent nodes as read': { actors: ['clusterAdmin'], ports: answering(withoutGaps('nodes-unread')) },
  'counts machines that are not listed as read': {
    actors: ['clusterAdmin'],
    ports: answering(withoutGaps('instances-not-listed')),
  },
  'makes nothing of it that EC2 is denied': {
    actors: ['accountAdmin', 'clusterAdmin'],
    ports: answering((answer) =>
      answer.problems[0]?.code === 'ec2-forbidden'
        ? { ...answer, complete: true, problems: answer.problems.slice(1) }
        : answer,
    ),
  },
  'takes every cluster for completely listed': {
    actors: ['accountAdmin'],
    ports: answering((answer) => ({ ...answer, complete: true, problems: [] })),
  },
  'forgets the Regions that it no longer sees': {
    actors: ['accountAdmin'],
    ports: changing('memory', 'everyCluster', () => async function* () {}),
  },
  'believes that Security Hub holds what it sent': { actors: ['findingsWriter'], ports: believing },
  'calls resolved what nobody looks at any more': { actors: ['settings'], ports: callsWithdrawnResolved },
  'withdraws in silence': {
    actors: ['settings'],
    ports: silentAbout('withdrawn'),
  },
  'says nothing of the Regions that settings leave out': {
    actors: ['settings'],
    ports: changing('runs', 'discovery', (discovery) => async (runId) => {
      const found = await discovery(runId);
      return found && { ...found, skipped: [] };
    }),
  },
  'takes a machine that shows no kubelet for gone': {
    actors: ['clusterAdmin'],
    ports: (ports, estate) => {
      const isHidden = (each: Instance) => machineOf(estate, each)?.isHidden === true;
      const listed = listing((each) => (isHidden(each) ? [] : [each]))(ports, estate);
      return finding((each) => (isHidden(each) ? { ...each, state: 'terminated' } : each))(listed, estate);
    },
  },
  'runs whichever version of the document is the default one': {
    actors: ['accountAdmin', 'rootOfNode'],
    ports: changingEach(
      'kubeletSources',
      'read',
      (read, estate: Estate, { via }) =>
        async function* (...asked) {
          const at = regions.find((each) => each === asked[0].arn?.region) ?? 'eu-west-1';
          const isLying = via === 'ssm' && estate.regions[at].documents.at(-1) === 'lying';
          for await (const each of read(...asked)) {
            const hasMachine = each.node.machine.status === 'confirmed';
            yield isLying && hasMachine ? { ...each, result: ok(factsOf('ssm')) } : each;
          }
        },
    ),
  },
  'announces no gaps': {
    actors: ['rootOfNode', 'accountAdmin'],
    ports: sending((each) => (each.type === 'Gap Opened' ? [] : [each])),
  },
  'calls a gap over in the next breath': {
    actors: ['rootOfNode', 'accountAdmin'],
    ports: sending((each) => (each.type === 'Gap Opened' ? [each, { ...each, type: 'Gap Closed' }] : [each])),
  },
  'passes what only the files say': {
    actors: ['rootOfNode'],
    ports: changingEach(
      'kubeletSources',
      'read',
      (read) =>
        async function* (...asked) {
          for await (const { node, result } of read(...asked))
            yield { node, result: result.ok ? ok(restarted(result.value)) : result };
        },
    ),
  },
  'forgets machines outside of AWS: only what EC2 knows counts': {
    actors: ['hybridAdmin'],
    ports: (ports, estate) => {
      const forgetting = changing('memory', 'read', (read) => async (...asked) => {
        const { value, ...kept } = await read(...asked);
        return { ...kept, value: value && { ...value, hybrid: [] } };
      });
      const unasked = changing(
        'instanceLookup',
        'find',
        (find) =>
          (cluster, { ids = [], ...wanted }, signal) =>
            find(cluster, { ...wanted, ids: ids.filter((each) => each.startsWith('i-')) }, signal),
      );
      return unasked(forgetting(ports, estate), estate);
    },
  },
  'knows Auto Scaling groups by their tags alone': {
    actors: ['groupTagger'],
    ports: changingEach('launchDirectories', 'groups', (groups) => (cluster, signal) => groups(cluster, signal)),
  },
  'leaves the findings of a cluster as they are while its audit dies': {
    actors: ['misfortune'],
    forgetsTheDead: true,
  },
  'counts an answer whatever its key is': {
    actors: ['prefixWriter', 'misfortune'],
    ports: (ports, { bucket }) => ({
      ...ports,
      runs: {
        ...ports.runs,
        answer: async (runId, item) => answerIn(await bucket.read(runKeys(runId).answer(item), 1e9)),
        async *answers(runId) {
          const all = new Map<string, ItemAnswer>();
          for await (const key of bucket.keys(runKeys(runId).answers)) {
            const answer = answerIn(await bucket.read(key, 1e9));
            if (answer) all.set(itemName(answer.item), answer);
          }
          yield* all.values();
        },
      },
    }),
  },
  'publishes a result whatever its key is': {
    actors: ['prefixWriter'],
    ports: changing('runs', 'result', (_, { bucket }: Estate) => async (runId, item) => {
      const key = runKeys(runId).result(item);
      const [first, ...others] = sites.map((site) => () => clusterResult(bucket, key, itemAt(site)));
      return await others.reduce((found, next) => found.catch(next), first?.() ?? Promise.resolve(undefined));
    }),
  },
  'remembers what is under a cluster’s key, whatever key it names': {
    actors: ['prefixWriter'],
    ports: (ports, { bucket }) => ({ ...ports, memory: s3RunMemory(namedByKeys(bucket), { log: silentLog }) }),
  },
  'goes on with the parts under an item’s key, whatever key they name': {
    actors: ['prefixWriter'],
    ports: changing(
      'runs',
      'parts',
      (_, { bucket }: Estate) => s3RunStore(namedByKeys(bucket), { log: silentLog }).parts,
    ),
  },
  'forgets what it read': {
    actors: ['settings'],
    ports: changing('memory', 'read', (read) => async (...asked) => ({ ...(await read(...asked)), value: undefined })),
  },
};

const answerIn = (text: string | undefined): ItemAnswer | undefined =>
  text === undefined ? undefined : itemAnswer.parse(JSON.parse(text));

/** Each object says that it belongs where it is. */
const namedByKeys = (bucket: Bucket): Bucket => ({
  ...bucket,
  async tagged(key, maxBytes) {
    const found = await bucket.tagged(key, maxBytes);
    if (!found) return undefined;
    const isPacked = key.endsWith('.gz');
    const text = `${isPacked ? gunzipSync(found.bytes) : found.bytes}`.replace(/"ownKey":"[^"]*"/, `"ownKey":"${key}"`);
    return { ...found, bytes: isPacked ? gzipSync(text) : Buffer.from(text) };
  },
});

const machineOf = (estate: Estate, { id }: Instance) => estate.machines().find((each) => each.id === id);

function listing(change: (instance: Instance, estate: Estate) => readonly Instance[]) {
  return changingEach('instanceDirectories', 'instances', (instances, estate: Estate) => async (...asked) => {
    const found = await instances(...asked);
    return found.ok ? ok(found.value.flatMap((each) => change(each, estate))) : found;
  });
}

function finding(change: (found: Instance) => Instance) {
  return changing('instanceLookup', 'find', (find) => async (...asked) => {
    const found = await find(...asked);
    return found.ok ? ok(found.value.map(change)) : found;
  });
}

function answering(change: (answer: ItemAnswer) => ItemAnswer) {
  return changing('runs', 'putAnswer', (put) => (runId, answer) => put(runId, change(answer)));
}

function withoutGaps(code: string) {
  return (answer: ItemAnswer) => ({ ...answer, gaps: answer.gaps.filter(({ problem }) => problem.code !== code) });
}

/** What was sent once is taken for what is there. */
function believing(ports: HubPorts): HubPorts {
  const { findings } = ports;
  const sent = new Map<string, AsffFinding>();
  return {
    ...ports,
    findings: {
      write: (place, each) => {
        for (const finding of each) sent.set(finding.Id, finding);
        return findings.write(place, each);
      },
      async *stored(...asked) {
        for await (const each of findings.stored(...asked)) {
          const ours = sent.get(each.id);
          yield ours ? { ...each, ...asStored(ours) } : each;
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
