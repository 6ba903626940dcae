import { createHash, type Hash } from 'node:crypto';
import { hasCode } from '../../contract/problem-codes.ts';
import { version } from '../../contract/version.ts';
import { clusterArnOf } from '../../core/model/cluster-arn.ts';
import type { Problem, Transition } from '../../core/model/model.ts';
import { UsageError } from '../../core/model/operator-error.ts';
import type { ReportedAudit } from '../../core/model/reported-audit.ts';
import { howMany } from '../../core/model/text/words.ts';
import { clusterJson } from '../../core/report/formats/json.ts';
import { ocsfLines } from '../../core/report/formats/ocsf.ts';
import { clusterPage } from '../../core/report/html/html-report.ts';
import type { ItemAnswer } from '../../core/run/answer.ts';
import { failedAfterwards, withProblem } from '../../core/run/answer-of.ts';
import { transitionEvents } from '../../core/run/events.ts';
import { itemName, type RunItem } from '../../core/run/item.ts';
import { publishAudit } from '../audit/audit-cluster.ts';
import { type AnnouncedKinds, afterAnnouncing, isMemoryChanged, memoryAfterEvents } from '../audit/remember.ts';
import { problemOf } from '../problem-of.ts';
import { auditItem, type ItemOptions, publishAgain, unfinished } from './audit-item.ts';
import type { HubPorts } from './ports.ts';

interface ItemOutcome {
  readonly answer: ItemAnswer;
  /** For a cluster that was audited or published just now. */
  readonly audit?: ReportedAudit;
}

/**
 * One item of a run, done once: with a final answer in the store there is nothing left to do. The answer is written last, so that it promises all before
 * it: findings, events, result. Only in place of a memory that was overwritten something is written after it. Throws `OperatorError` when the store cannot
 * be used; the item may then be done again, which changes nothing more: a result that is there is used.
 */
export async function runItem(
  ports: HubPorts,
  { runId, item, last = false }: { readonly runId: string; readonly item: RunItem; readonly last?: boolean },
  options: Omit<ItemOptions, 'step'>,
): Promise<ItemOutcome> {
  if (item.kind === 'cluster' && item.nodes)
    throw new UsageError(`an item of a run is a whole cluster, and ${itemName(item)} names some of its nodes`);

  const before = await ports.runs.answer(runId, item);
  if (before && before.status !== 'failed') return { answer: before };

  const continues = before?.problems.some(hasCode('audit-unfinished')) ?? false;
  const once = announcedOnce(ports, { runId, what: itemName(item) });
  let kept = item.kind === 'cluster' ? await ports.runs.result(runId, item) : undefined;
  for (let comparison = 1; ; comparison += 1) {
    const remembering = ports.memory && memoryAfterEvents(afterAnnouncing(ports.memory, once.announced));
    const during = { ...ports, ...(remembering && { memory: remembering.memory }) };
    const {
      audit,
      transitions,
      answer: audited,
    } = kept
      ? await publishAgain(during, { item, audit: kept }, { ...options, runId })
      : await auditItem(during, item, {
          ...options,
          runId,
          step: { parts: ports.runs.parts(runId, item), last },
        });

    // A cluster that could not be looked at leaves no result; a retry looks at it again.
    const isResult = audit && audited.status === 'done';
    let resultSha256 = kept?.resultSha256;
    // What an event points to is there before it is sent.
    if (isResult) {
      if (!kept) {
        const hash = createHash('sha256');
        const isOurs = await ports.runs.putResult(runId, item, hashing(hash, clusterJson(audit, options)));
        // Another invocation did the same item first.
        if (!isOurs) return await runItem(ports, { runId, item, last }, options);
        resultSha256 = hash.digest('hex');
      }
      const page = { ...options, version, startedAt: options.runStartedAt.toISOString() };
      await ports.runs.putPage(runId, item, clusterPage({ ...audit, ...(resultSha256 && { resultSha256 }) }, page));
      await ports.runs.putOcsf(runId, item, ocsfLines(audit, { ...options, now: options.runStartedAt }));
    }
    const page = isResult ? ports.runs.pageAddress(runId, item) : ports.runs.reportAddress(runId);
    const notAnnounced = await once.announce(transitions, page);
    // Done again it announces the same once more, and so does the next run: an event is sent at least once, never lost.
    const keep = async () => (await remembering?.keep(notAnnounced === undefined)) ?? [];
    // The answer names a memory that was overwritten, so it comes before anything is written in its place.
    const memoryWriteProblems = remembering?.isRefused ? [] : await keep();
    if (memoryWriteProblems.some(isMemoryChanged) && comparison < mostComparisons) {
      if (isResult) kept = withoutPublication({ ...audit, ...(resultSha256 !== undefined && { resultSha256 }) });
      continue;
    }

    const hashed = { ...audited, ...(resultSha256 !== undefined && { resultSha256 }) };
    const announced = memoryWriteProblems.reduce(
      withProblem,
      notAnnounced ? failedAfterwards(hashed, notAnnounced) : hashed,
    );
    const answer = continues && !isResult ? stillUnfinished(announced) : announced;

    await ports.runs.putAnswer(runId, answer);
    if (remembering?.isRefused) await keep();
    return { answer, ...(audit && { audit }) };
  }
}

/** Each comparison follows one write of somebody else's, and those are few. */
const mostComparisons = 4;

const withoutPublication = ({
  published: _,
  suppressed: __,
  transitions: ___,
  ...audit
}: ReportedAudit): ReportedAudit => audit;

/** A step that failed leaves the cluster to the next one, as the step before it did. */
const stillUnfinished = (answer: ItemAnswer): ItemAnswer =>
  answer.status !== 'failed' || answer.problems.some(hasCode('audit-unfinished'))
    ? answer
    : { ...answer, problems: [...answer.problems, unfinished(answer.item)] };

/** Announces what each comparison came to, and nothing twice in a row of one finding. */
export function announcedOnce(
  { events, clock, log, runs }: Pick<HubPorts, 'events' | 'clock' | 'log' | 'runs'>,
  { runId, what: sender }: { readonly runId: string; readonly what: string },
): {
  announce(transitions: readonly Transition[], page: string): Promise<Problem | undefined>;
  /** What was announced last of each finding. */
  readonly announced: AnnouncedKinds;
} {
  const last = new Map<string, Transition['kind']>();
  const about = ({ findingId, kind }: Transition) =>
    kind === 'suppressed' || kind === 'overwritten' ? `${findingId} ${kind}` : findingId;

  return {
    announced: last,
    async announce(transitions, page) {
      const news = transitions.filter((each) => last.get(about(each)) !== each.kind);
      if (news.length === 0) return undefined;

      try {
        const time = clock.now();
        const signed = (await runs.lastRun())?.statement;
        await events.put(transitionEvents(news, { runId, page, last: signed }).map((each) => ({ ...each, time })));
        for (const each of news) last.set(about(each), each.kind);
        return undefined;
      } catch (error) {
        const what = `sending ${howMany(news.length, 'event')} of ${sender}`;
        return { ...problemOf(log, error, what), code: 'events-not-sent' };
      }
    },
  };
}

/** The same pieces, each put into the hash as it passes. */
function* hashing(hash: Hash, pieces: Iterable<string>): Generator<string> {
  for (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}

/**
 * A cluster whose item failed or died: nothing of it was read in this run, which counts as one more run that could not read its findings. So they don't
 * stay PASSED for ever. Nothing of the cluster is asked, and a second time changes nothing.
 */
export async function rememberUnaudited(
  ports: HubPorts,
  { runId, item }: { readonly runId: string; readonly item: RunItem },
  options: Omit<ItemOptions, 'step'> & { readonly nextNode?: boolean },
): Promise<void> {
  if (item.kind !== 'cluster' || !options.publish || !ports.memory) return;
  const { value, refused } = await ports.memory.read(item, item.cluster);
  if (value && !refused && (value.gone || value.runId === runId)) return;

  const arn = clusterArnOf(item, item.cluster);
  const unread = {
    cluster: { name: arn.name, arn, compute: { autoMode: false, fargate: false, hybrid: false } },
    auditedAt: options.runStartedAt.toISOString(),
    inventory: { from: 'none', complete: false },
    nodes: [],
    ...(options.nextNode && { nextNodes: { complete: false, nodes: [] } }),
    problems: [],
  } as const;
  const remembering = memoryAfterEvents(ports.memory);
  const { writeAhead, ...memory } = remembering.memory;
  const isKept = value !== undefined && !refused;
  const during = { ...memory, ...(isKept && writeAhead && { writeAhead }) };
  const { transitions = [] } = await publishAudit({ ...ports, memory: during }, unread, {
    ...options,
    runId,
  });
  const once = announcedOnce(ports, { runId, what: itemName(item) });
  const notAnnounced = await once.announce(transitions, ports.runs.reportAddress(runId));
  // What is lost or refused stays so, until a run that has an answer says it.
  if (isKept) await remembering.keep(notAnnounced === undefined);
}
