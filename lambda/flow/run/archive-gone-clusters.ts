import { type FindingName, parseFindingId } from '../../core/findings/identity.ts';
import { isToTell, type TransitionMark, transitionMark } from '../../core/findings/lifecycle/alert-state.ts';
import type { Change } from '../../core/findings/lifecycle/difference.ts';
import { clusterGone, goneFinding } from '../../core/findings/lifecycle/gone-finding.ts';
import { emptyMemory, parseMemory, timeAfter } from '../../core/findings/lifecycle/memory.ts';
import { saysSomething } from '../../core/findings/lifecycle/published.ts';
import type { ClusterArn, Place, Problem, Published } from '../../core/model.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { Ports, StoredFinding } from '../../core/ports.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { writeChanges } from '../audit/write-changes.ts';
import { writeMemory } from '../audit/write-memory.ts';

interface Region {
  readonly place: Place;
  /** Every cluster of the account's Region, from a list that was read to its end: what is not in it is taken for gone. */
  readonly clusterArns: readonly string[];
  /** The run's one time; absent outside of a run: then it is now. */
  readonly runStartedAt?: Date;
  readonly runId?: string;
}

interface Archived {
  /** Absent when Security Hub could not be read, or took nothing and nothing of before is to be announced. */
  readonly published?: Published;
  readonly problems: readonly Problem[];
}

type Slice = Pick<Ports, 'clock' | 'findings' | 'memory'>;

/** Archives our findings of clusters that are gone from an account's Region. Of the findings of clusters that are there, nothing is kept in memory. */
export async function archiveGoneClusters(
  ports: Slice,
  { place, clusterArns, runStartedAt, runId }: Region,
): Promise<Archived> {
  // Read to the end before anything is written: a page must not move under the reader.
  const read = await readGone(ports, place, new Set(clusterArns));
  if (!read.ok) return { problems: [read.error] };
  const announcedUntil = await announcedTimes(ports, read.value);
  const now = timeAfter(runStartedAt ?? ports.clock.now(), [...announcedUntil.values()]);
  const startedAt = now.toISOString();
  const isNews = (mark: TransitionMark, { arn }: Pick<ClusterArn, 'arn'>): boolean =>
    isToTell(mark, { startedAt, told: announcedUntil.get(arn) ?? startedAt });
  const gone = read.value.filter((each) => isToDealWith(each, isNews));

  const { published, problem } = await writeChanges(ports, { place, changes: archived(gone, now), isNews });
  const forgotten: Problem[] = [];
  // A cluster that is made anew under this name is not held to be what that one was.
  for (const cluster of clustersOf(gone)) {
    const value = { ...emptyMemory(now), runId: runId ?? startedAt };
    forgotten.push(...(await writeMemory(ports.memory, { place: cluster, cluster: cluster.name, value })));
  }

  if (!problem) return { published, problems: forgotten };
  return { ...(saysSomething(published) && { published }), problems: [problem, ...forgotten] };
}

interface StoredOfGoneCluster {
  readonly stored: StoredFinding;
  readonly name: FindingName;
}

async function readGone(
  { findings }: Pick<Ports, 'findings'>,
  place: Place,
  there: ReadonlySet<string>,
): Promise<Result<readonly StoredOfGoneCluster[], Problem>> {
  const gone: StoredOfGoneCluster[] = [];
  try {
    for await (const stored of findings.stored(place)) {
      const name = parseFindingId(stored.id);
      if (!name || !isIn(place, name.cluster) || there.has(name.cluster.arn)) continue;

      const isOver = stored.recordState === 'ARCHIVED' && !transitionMark(stored.productFields);
      if (!isOver) gone.push({ stored, name });
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

/** By cluster, the start of the last run whose findings were announced; nothing of a cluster that nobody remembers. */
async function announcedTimes(
  { memory }: Pick<Ports, 'memory'>,
  gone: readonly StoredOfGoneCluster[],
): Promise<ReadonlyMap<string, string>> {
  const times = new Map<string, string>();
  for (const cluster of memory ? clustersOf(gone) : []) {
    const remembered = parseMemory(await memory?.read(cluster, cluster.name));
    if (remembered) times.set(cluster.arn, remembered.startedAt);
  }
  return times;
}

const clustersOf = (gone: readonly StoredOfGoneCluster[]): readonly ClusterArn[] => [
  ...new Map(gone.map(({ name: { cluster } }) => [cluster.arn, cluster])).values(),
];

/** An archived one was archived before, and may not have been announced. */
function isToDealWith(
  { stored, name }: StoredOfGoneCluster,
  isNews: (mark: TransitionMark, cluster: ClusterArn) => boolean,
): boolean {
  if (stored.recordState !== 'ARCHIVED') return true;
  const mark = transitionMark(stored.productFields);
  return mark !== undefined && isNews(mark, name.cluster);
}

function* archived(gone: readonly StoredOfGoneCluster[], now: Date): Generator<Change> {
  for (const { stored, name } of gone)
    yield {
      kind: stored.recordState === 'ARCHIVED' ? 'unchanged' : 'archive',
      finding: goneFinding(stored, { name, reasons: [clusterGone], now }),
      before: stored,
    };
}
