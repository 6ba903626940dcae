import type { AsffStatusReason } from '../../core/findings/asff/asff.ts';
import { type FindingName, parseFindingId } from '../../core/findings/identity.ts';
import type { Change } from '../../core/findings/lifecycle/difference.ts';
import { clusterGone, goneFinding } from '../../core/findings/lifecycle/gone-finding.ts';
import { type Memory, missingMemory, timeAfter } from '../../core/findings/lifecycle/memory.ts';
import { failedIds } from '../../core/findings/lifecycle/published.ts';
import type { Place, Problem, Transition } from '../../core/model/model.ts';
import { OperatorError } from '../../core/model/operator-error.ts';
import type { PublishResult } from '../../core/model/published.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import type { StoredFinding } from '../../core/model/stored-finding.ts';
import type { Ports } from '../audit/ports.ts';
import { writeChanges } from '../audit/publish-findings.ts';
import { readMemories, writeMemory } from '../audit/remember.ts';
import type { StoredMemory } from '../ports.ts';
import { endsOf } from './withdraw-excluded.ts';

interface Region {
  readonly place: Place;
  /** Every cluster of the account's Region by name, from a list that was read to its end: what is not in it is taken for gone. */
  readonly clusters: readonly string[];
  /** The run's one time; absent outside of a run: then it is now. */
  readonly runStartedAt?: Date;
  readonly runId?: string;
}

interface ArchiveResult {
  /** Absent when Security Hub could not be read, or took nothing. */
  readonly published?: PublishResult;
  /** What is over with those clusters, by the hub's memory; absent without a memory. */
  readonly transitions?: readonly Transition[];
  /** Names of clusters that the hub remembers and that no run before has found gone. */
  readonly gone: readonly string[];
  readonly problems: readonly Problem[];
}

type Slice = Pick<Ports, 'clock' | 'findings' | 'memory'>;

/**
 * Archives this program's findings of clusters that are gone from an account's Region, and announces their end. The findings of existing clusters are
 * not kept in memory.
 */
export async function archiveGoneClusters(
  ports: Slice,
  { place, clusters, runStartedAt, runId }: Region,
): Promise<ArchiveResult> {
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

interface RememberedCluster {
  readonly cluster: string;
  readonly read: StoredMemory;
  readonly memory: Memory;
}

/** Clusters that the hub remembers and that are gone. What an earlier release kept of them among the others is written again, which moves it. */
async function rememberedOfGone(
  { memory }: Pick<Ports, 'memory'>,
  place: Place,
  isThere: ReadonlySet<string>,
): Promise<readonly RememberedCluster[]> {
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
    if (!(error instanceof OperatorError)) throw error;
    return err({
      code: error.code,
      message: error.message,
      remedy: 'nothing was archived; the next run that can read Security Hub archives what is gone by then',
    });
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
