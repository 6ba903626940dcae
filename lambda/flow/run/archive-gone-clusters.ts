import { hasCode } from '../../contract/problem-codes.ts';
import type { AsffStatusReason } from '../../core/findings/asff/asff.ts';
import { type FindingName, parseFindingId } from '../../core/findings/identity.ts';
import { announcementOf, statusBefore, transitionOfName } from '../../core/findings/lifecycle/announcement.ts';
import { type Change, failedIds } from '../../core/findings/lifecycle/difference.ts';
import { clusterExcluded, clusterGone, goneFinding } from '../../core/findings/lifecycle/gone-finding.ts';
import {
  idOfKey,
  type Memory,
  missingMemory,
  timeAfter,
  withoutAnnouncements,
} from '../../core/findings/lifecycle/memory.ts';
import { clusterArnOf } from '../../core/model/cluster-arn.ts';
import type { Place, Problem, Transition } from '../../core/model/model.ts';
import type { PublishResult } from '../../core/model/published.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import type { StoredFinding } from '../../core/model/stored-finding.ts';
import { type Discovery, excludedCode } from '../../core/run/discovery.ts';
import type { ClusterItem } from '../../core/run/item.ts';
import type { Ports } from '../audit/ports.ts';
import { writeChanges } from '../audit/publish-findings.ts';
import { readMemories, writeMemory } from '../audit/remember.ts';
import type { RunMemory, StoredMemory } from '../ports.ts';
import { operatorProblem } from '../problem-of.ts';
import type { RunPorts } from './ports.ts';

/** One answer that a cluster is not there doesn't make it gone: a complete list of its Region has to say so too. */
export async function isUnlisted(
  { regionalClusters }: Pick<RunPorts, 'regionalClusters'>,
  item: ClusterItem,
  { signal }: { readonly signal: AbortSignal },
): Promise<boolean> {
  const listed = await regionalClusters.names(item, signal);
  return listed.ok && !listed.value.includes(item.cluster);
}

interface Region {
  readonly place: Place;
  /** Every cluster of the account's Region by name, from a list that was read to its end: what is not in it is taken for gone. */
  readonly clusters: readonly string[];
  /** The run's one time; absent outside of a run: then it is now. */
  readonly runStartedAt?: Date;
  readonly runId?: string;
}

type Slice = Pick<Ports, 'clock' | 'findings' | 'memory'>;

/**
 * Archives this program's findings of clusters that are gone from an account's Region, and announces their end. The findings of existing clusters are
 * not kept in memory.
 * @returns `published` where Security Hub took something; `transitions` where there is a memory; `gone`: clusters that no run before has found gone
 */
export async function archiveGoneClusters(ports: Slice, { place, clusters, runStartedAt, runId }: Region) {
  const isThere = new Set(clusters);
  const remembered = await rememberedOfGone(ports, place, isThere);
  const now = timeAfter(
    runStartedAt ?? ports.clock.now(),
    remembered.map(({ memory }) => memory.startedAt),
  );

  // Read to the end before anything is written: a page must not move under the reader.
  const gone = await readGone(ports, place, isThere);
  const { published, problem } = gone.ok
    ? await writeChanges(ports, { place, changes: archived(gone.value, { reason: clusterGone, now }) })
    : { published: undefined, problem: gone.error };
  const securityHub = securityHubWord(published);
  const transitions = remembered.flatMap(({ cluster, memory }) =>
    endsOf(memory, { place, cluster, as: 'settled', reason: clusterGone, securityHub }),
  );

  const memoryWriteProblems: Problem[] = [];
  // A new cluster of the same name must not be taken for the old one.
  for (const { cluster, read, memory } of remembered) {
    const value = memory.gone
      ? memory
      : ({ ...missingMemory(now), runId: runId ?? now.toISOString(), gone: true } as const);
    memoryWriteProblems.push(...(await writeMemory(ports.memory, { place, cluster, value, read })));
  }

  return {
    ...(published && (!problem || published.imported > 0) && { published }),
    ...(ports.memory && { transitions }),
    gone: remembered.flatMap(({ cluster, memory }) => (memory.gone ? [] : [cluster])),
    problems: [...(problem ? [problem] : []), ...memoryWriteProblems],
  };
}

/** Clusters that the hub remembers and that are gone. What an earlier release kept of them among the others is written again, which moves it. */
async function rememberedOfGone({ memory }: Pick<Ports, 'memory'>, place: Place, isThere: ReadonlySet<string>) {
  if (!memory) return [];

  const names = (await Array.fromAsync(memory.clusters(place))).filter((name) => !isThere.has(name));
  const read = await Array.fromAsync(
    readMemories(
      memory,
      names.map((cluster) => ({ ...place, cluster })),
    ),
  );
  return read.flatMap(({ where, read }) => (read.value ? [{ cluster: where.cluster, memory: read.value, read }] : []));
}

export interface StoredOfGoneCluster {
  readonly stored: StoredFinding;
  readonly name: FindingName;
}

/** This program's active findings of a place, but those of clusters that are there. */
export async function readGone(
  { findings }: Pick<Ports, 'findings'>,
  place: Place,
  isThere: ReadonlySet<string>,
): Promise<Result<readonly StoredOfGoneCluster[], Problem>> {
  const gone: StoredOfGoneCluster[] = [];
  try {
    for await (const stored of findings.stored(place)) {
      const name = parseFindingId(stored.id);
      if (!name || !isIn(place, name.cluster) || isThere.has(name.cluster.name)) continue;

      if (stored.recordState !== 'ARCHIVED') gone.push({ stored, name });
    }
    return ok(gone);
  } catch (error) {
    const remedy = 'nothing was archived; the next run that can read Security Hub archives what is gone by then';
    return err(operatorProblem(error, remedy));
  }
}

/** Only what an Id says is believed: Security Hub of an administrator shows other accounts' findings too. */
const isIn = (place: Place, cluster: Place): boolean =>
  cluster.partition === place.partition && cluster.accountId === place.accountId && cluster.region === place.region;

export function* archived(
  gone: readonly StoredOfGoneCluster[],
  { reason, now }: { readonly reason: AsffStatusReason; readonly now: Date },
): Generator<Change> {
  for (const { stored, name } of gone)
    yield { kind: 'archive', finding: goneFinding(stored, { name, reasons: [reason], now }), before: stored };
}

/** Whether Security Hub says the same of one finding, by its Id. */
export function securityHubWord(published: PublishResult | undefined): (id: string) => Transition['securityHub'] {
  if (!published) return () => 'not-read';
  const failed = failedIds(published);
  return (id) => (failed.has(id) ? 'not-taken' : 'taken');
}

const isExcluded = hasCode(excludedCode);

/**
 * Announced failures of clusters that settings now leave out: whether they were fixed is unknown, since they are no longer audited. Each is announced
 * once, and `keep` remembers that. What a younger run than this one remembers is kept.
 * @param partition that of the hub, and so of every account that it audits
 */
export async function withdrawExcluded(
  memory: RunMemory,
  { skipped, startedAt }: Pick<Discovery, 'skipped' | 'startedAt'>,
  partition: string,
) {
  const transitions: Transition[] = [];
  const writes: { readonly place: Place; readonly cluster: string; readonly value: Memory; read: StoredMemory }[] = [];

  const excluded = skipped.flatMap(({ accountId = '', region = '', cluster = '', problem }) =>
    isExcluded(problem) ? [{ partition, accountId, region, cluster }] : [],
  );
  for await (const { where, read } of readMemories(memory, excluded)) {
    const { cluster, ...place } = where;
    const remembered = read.value;
    if (!remembered || remembered.startedAt > startedAt) continue;

    const withdrawn = endsOf(remembered, { place, cluster, as: 'withdrawn', reason: clusterExcluded });
    if (withdrawn.length === 0) continue;
    transitions.push(...withdrawn);
    writes.push({ place, cluster, value: withoutAnnouncements(remembered), read });
  }

  return {
    transitions,
    async keep() {
      // Where another writer was faster, the next run compares with what that one left.
      for (const { place, cluster, value, read } of writes) await memory.write(place, cluster, value, read);
    },
  };
}

interface EndsOfCluster {
  readonly place: Place;
  readonly cluster: string;
  /** `settled`: it is over. `withdrawn`: whether it is over is unknown. */
  readonly as: 'settled' | 'withdrawn';
  readonly reason: AsffStatusReason;
  /** Whether Security Hub says the same of one finding, by its Id; it was not read when absent. */
  readonly securityHub?: ((id: string) => Transition['securityHub']) | undefined;
}

/** The end of each failure of a cluster that was announced. */
export const endsOf = (
  { findings, benchmark }: Memory,
  { place, cluster, as, reason, securityHub = () => 'not-read' }: EndsOfCluster,
): readonly Transition[] =>
  Object.entries(findings).flatMap(([key, remembered]) => {
    const findingId = idOfKey(key, clusterArnOf(place, cluster).arn);
    const name = parseFindingId(findingId);
    const kind = announcementOf(remembered, as);
    if (!kind || !name) return [];

    const before = statusBefore(remembered);
    const ended = { kind, name, findingId, before, securityHub: securityHub(findingId), memory: 'kept' } as const;
    return [{ ...transitionOfName(ended, reason, benchmark), ...(as === 'withdrawn' && { status: before }) }];
  });
