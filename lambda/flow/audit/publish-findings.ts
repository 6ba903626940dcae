import { namedCluster } from '../../core/findings/finding.ts';
import type { ReconciledAudit } from '../../core/findings/lifecycle/comparison.ts';
import type { Change } from '../../core/findings/lifecycle/difference.ts';
import { accounted, failedIds, nothingPublished } from '../../core/findings/lifecycle/difference.ts';
import { hasNewFailure, missingMemory } from '../../core/findings/lifecycle/memory.ts';
import { reconcile } from '../../core/findings/lifecycle/reconcile.ts';
import { controls as catalogue } from '../../core/judge/controls/index.ts';
import type { ClusterArn, ClusterAudit, Place, Problem } from '../../core/model/model.ts';
import type { WriteSummary } from '../../core/model/published.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import type { StoredFinding } from '../../core/model/stored-finding.ts';
import { operatorProblem } from '../problem-of.ts';
import type { AuditOptions, Ports } from './ports.ts';
import { writeMemory } from './remember.ts';

type Slice = Pick<Ports, 'clock' | 'findings' | 'memory'>;

/**
 * Updates Security Hub with the results of a cluster's audit: reads what it holds, holds back what is unread, sends the difference, and counts the
 * answers. It also returns what to announce, which does not depend on Security Hub. Waivers are in the audit already. Security Hub switched off or
 * unreadable is a problem of the audit, whose verdicts are kept.
 */
export async function publishFindings<Audit extends ReconciledAudit & Pick<ClusterAudit, 'problems'>>(
  ports: Slice,
  audit: Audit,
  options: AuditOptions,
): Promise<Audit & Pick<ClusterAudit, 'published' | 'suppressed' | 'transitions' | 'problems'>> {
  const { arn } = namedCluster(audit.cluster);
  const startedAt = options.runStartedAt ?? ports.clock.now();

  // Who sends something notes it first. So what is there by now, and is not noted, is somebody else's.
  const stored = await readStored(ports, arn);
  const read = await ports.memory?.read(arn, arn.name);
  const memory = read && (read.value ?? missingMemory(new Date(startedAt.getTime() - 1)));
  const {
    changes,
    transitions,
    suppressed = 0,
    before,
    remember,
    leftOpen = [],
  } = reconcile(audit, {
    ...options,
    catalogue,
    waivers: options.waivers ?? [],
    run: { id: options.runId ?? startedAt.toISOString(), startedAt },
    stored: stored.ok ? stored.value : 'unknown',
    ...(memory && { memory }),
  });
  const writeAhead = async () => {
    if (before && read) await ports.memory?.writeAhead?.(arn, arn.name, before, read);
  };
  if (before && hasNewFailure(read?.value, before)) await writeAhead();
  const { published, problem } = stored.ok
    ? await writeChanges(ports, { place: arn, changes, writeAhead })
    : { published: undefined, problem: stored.error };

  const failed = published ? failedIds(published) : new Set<string>();
  const announced = memory && transitions(failed);
  const value = remember(failed);
  const memoryWriteProblems =
    value && read ? await writeMemory(ports.memory, { place: arn, cluster: arn.name, value, read }) : [];

  const refused = read?.refused ? [read.refused] : [];
  const problems = [...audit.problems, ...refused, ...(problem ? [problem] : []), ...memoryWriteProblems];
  const isPublished = published && (!problem || published.imported > 0);
  return {
    ...audit,
    ...(isPublished && { published: { ...published, ...(leftOpen.length > 0 && { leftOpen }) } }),
    ...(suppressed > 0 && { suppressed }),
    ...(announced && { transitions: announced }),
    problems,
  };
}

/**
 * Without the stored findings, a change looks like a repetition, and dates and analysts' work would be lost. So nothing is sent, and the next run
 * sends it.
 */
export async function readStored(
  { findings }: Pick<Ports, 'findings'>,
  arn: ClusterArn,
): Promise<Result<ReadonlyMap<string, StoredFinding>, Problem>> {
  try {
    const stored = new Map<string, StoredFinding>();
    for await (const each of findings.stored(arn, arn.arn)) stored.set(each.id, each);
    return ok(stored);
  } catch (error) {
    const nothingSent =
      'nothing was sent, since without what Security Hub holds its dates would be lost; the next run that can read it sends what has changed';
    return err(operatorProblem(error, `${nothingSent}. Failures that began or ended are announced all the same`));
  }
}

/** So many changes are in memory at once: ten requests of Security Hub. */
const atOnce = 1000;

interface WriteOptions {
  readonly place: Place;
  readonly changes: Iterable<Change>;
  /** Notes what is about to be sent. More than once changes nothing. */
  readonly writeAhead?: () => Promise<void>;
}

/**
 * Sends what has changed, some at a time, and accounts for each change. A problem stops the writing: the changes after it are accounted for as not sent.
 */
export async function writeChanges(
  { findings }: Pick<Ports, 'findings'>,
  { place, changes, writeAhead }: WriteOptions,
) {
  let published = nothingPublished;
  let problem: Problem | undefined;

  for (const chunk of chunks(changes)) {
    const toSend = chunk.filter(({ kind }) => kind !== 'unchanged').map(({ finding }) => finding);
    if (toSend.length > 0) await writeAhead?.();
    // Nothing to send is nothing to ask for: Security Hub is not even touched on a quiet day.
    const written = problem || toSend.length === 0 ? undefined : await findings.write(place, toSend);
    if (written?.ok === false) problem = written.error;
    const notSent = toSend.map(({ Id: id }) => ({ id, because: problem?.message ?? '' }));
    const summary: WriteSummary = written?.ok ? written.value : { imported: 0, rejected: [], notSent };
    published = accounted(published, { changes: chunk, written: summary });
  }

  return { published, ...(problem && { problem }) };
}

function* chunks(changes: Iterable<Change>): Generator<readonly Change[]> {
  let chunk: Change[] = [];
  for (const change of changes) {
    chunk.push(change);
    if (chunk.length === atOnce) {
      yield chunk;
      chunk = [];
    }
  }
  if (chunk.length > 0) yield chunk;
}
