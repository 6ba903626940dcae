import { pMapIterable } from 'p-map';
import { hasCode, hasOwnGap } from '../../contract/problem-codes.ts';
import type { ClusterAudit, Problem, Transition } from '../../core/model/model.ts';
import type { PublishResult } from '../../core/model/published.ts';
import type { ReportedAudit } from '../../core/model/reported-audit.ts';
import { howMany, printable } from '../../core/model/text/words.ts';
import type { ItemAnswer } from '../../core/run/answer.ts';
import { answerOf, type Outcome } from '../../core/run/answer-of.ts';
import type { Discovery } from '../../core/run/discovery.ts';
import { type ClusterItem, itemName, type RunItem } from '../../core/run/item.ts';
import { auditCluster, publishAudit } from '../audit/audit-cluster.ts';
import { distinct } from '../audit/judge-nodes.ts';
import type { AuditOptions } from '../audit/ports.ts';
import { problemOf } from '../problem-of.ts';
import { archiveGoneClusters, isUnlisted } from './archive-gone-clusters.ts';
import { type AuditStep, auditInSteps } from './audit-in-steps.ts';
import type { RunPorts } from './ports.ts';

export type ItemOptions = AuditOptions & {
  readonly signal: AbortSignal;
  readonly runStartedAt: Date;
  /** Absent where a cluster that can't be read in time ends with gaps. */
  readonly step?: AuditStep;
};

export interface ItemResult<Audit = ClusterAudit> {
  readonly answer: ItemAnswer;
  readonly audit?: Audit;
  readonly transitions: readonly Transition[];
}

/** Audits one item of a run. Every fault becomes its answer, so it stops no other item. */
export async function auditItem(ports: RunPorts, item: RunItem, options: ItemOptions): Promise<ItemResult> {
  const startedAt = ports.clock.now();
  return resultOf(ports, { item, startedAt, ...(await outcomeOf(ports, item, options)) }, options);
}

/**
 * An item for which this run has a result but no final answer: it was interrupted, or its events could not be sent. Nothing is read again, so that
 * the result, the findings and the events agree.
 */
export async function publishAgain(
  ports: RunPorts,
  { item, audit: kept }: { readonly item: RunItem; readonly audit: ReportedAudit },
  options: ItemOptions,
): Promise<ItemResult<ReportedAudit>> {
  const startedAt = ports.clock.now();
  const published = options.publish ? await publishAudit(ports, kept, options) : kept;
  const audit = { ...published, problems: distinct(published.problems) };
  return resultOf(ports, { item, startedAt, ...outcomeOfAudit(ports, audit, options) }, options);
}

type OutcomeOfResult<Audit = ClusterAudit> = Omit<Outcome, 'item' | 'startedAt' | 'finishedAt' | 'audit'> &
  Pick<ClusterAudit, 'transitions'> & { readonly audit?: Audit };

function resultOf<Audit extends ReportedAudit>(
  { clock }: Pick<RunPorts, 'clock'>,
  { transitions = [], ...outcome }: OutcomeOfResult<Audit> & Pick<Outcome, 'item' | 'startedAt'>,
  { waivers = [] }: Pick<ItemOptions, 'waivers'>,
): ItemResult<Audit> {
  const { audit } = outcome;
  return {
    answer: answerOf({ ...outcome, finishedAt: clock.now(), waivers }),
    ...(audit && { audit }),
    transitions,
  };
}

async function outcomeOf(ports: RunPorts, item: RunItem, options: ItemOptions): Promise<OutcomeOfResult> {
  try {
    return item.kind === 'cluster'
      ? await auditNamedCluster(ports, item, options)
      : await auditRegion(ports, item, options);
  } catch (error) {
    return { status: 'failed', problems: [problemOf(ports.log, error, `the audit of ${itemName(item)}`)] };
  }
}

async function auditNamedCluster(ports: RunPorts, item: ClusterItem, options: ItemOptions): Promise<OutcomeOfResult> {
  const described = await ports.regionalClusters.describe(item, item.cluster);
  const cluster = described.find((each) => each.ok)?.value;
  const beside = described.flatMap((each) => (each.ok ? [] : [each.error]));

  if (!cluster) {
    const gone = beside.some(hasCode('cluster-not-found')) && (await isUnlisted(ports, item, options));
    return { status: gone ? 'gone' : 'failed', problems: gone ? [] : beside };
  }

  const named = { ...cluster, namesakes: item.namesakes ?? [] };
  const audited = item.nodes
    ? await auditCluster(ports, named, { ...options, publish: false, onlyNodes: item.nodes })
    : options.step
      ? await auditInSteps(ports, named, { ...options, ...options.step })
      : await auditCluster(ports, named, options);
  if (!audited) return { status: 'failed', problems: [unfinished(item)] };

  const outcome = outcomeOfAudit(ports, audited, { publish: options.publish && !item.nodes });
  const problems = [...audited.problems, ...beside];
  return { ...outcome, audit: { ...audited, problems }, problems };
}

/** The state machine knows it by its code, and so does the run's next step. */
export const unfinished = (item: RunItem): Problem => ({
  code: 'audit-unfinished',
  message: `the nodes of ${itemName(item)} could not all be read in the time of one function, and the next step has not gone on yet`,
  remedy: 'nothing, while the run goes on; after its end start it again under its id, which continues there',
});

/** The result of an audit in its run, and the problem by which the run names a gap. */
function outcomeOfAudit<Audit extends ReportedAudit>(
  ports: Pick<RunPorts, 'nodeList'>,
  audited: Audit,
  options: Pick<ItemOptions, 'publish'>,
): OutcomeOfResult<Audit> {
  const { inventory, published, transitions } = audited;
  // One that is being made or deleted is done with: it has no nodes to miss.
  const missed = inventory.from === 'none' && !audited.problems.some(hasCode('cluster-not-active'));
  // If Security Hub is off, the Region's own item reports it.
  const notPublished = options.publish && !published && !audited.problems.some(hasCode('security-hub-off'));

  const missing = audited.problems.find(hasOwnGap);
  // What kept all findings from Security Hub was met last.
  const decisive = missing ?? audited.problems.at(notPublished && !missed ? -1 : 0);

  return {
    status: missed ? 'failed' : 'done',
    audit: audited,
    // Where AWS does not say whose machines these are, Node objects may claim anything. What only the SSM document or the memory shows was not seen without it.
    complete:
      !notPublished &&
      inventory.machinesUnknown === undefined &&
      missing === undefined &&
      (inventory.complete || (inventory.from === 'tags' && ports.nodeList === undefined)),
    ...(published && { published }),
    ...(transitions && { transitions }),
    problems: audited.problems,
    decisive,
  };
}

/** Archives what Security Hub holds of clusters that are gone: from a list of now, and a whole one, since a cluster may be newer than the run. */
async function auditRegion(
  ports: RunPorts,
  place: RunItem & { readonly kind: 'region' },
  options: ItemOptions,
): Promise<OutcomeOfResult> {
  if (!options.publish) return { status: 'done', problems: [] };

  const listed = await ports.regionalClusters.names(place, options.signal);
  if (!listed.ok) return { status: 'failed', problems: [listed.error] };

  const { partition, region, accountId } = place;
  const {
    published,
    problems,
    transitions = [],
    gone: goneClusters,
  } = await archiveGoneClusters(ports, {
    place: { partition, region, accountId },
    clusters: listed.value,
    runStartedAt: options.runStartedAt,
    ...(options.runId !== undefined && { runId: options.runId }),
  });
  if (published)
    return {
      status: tookNothing(published) ? 'failed' : 'done',
      published,
      transitions,
      goneClusters,
      problems: problems.length > 0 ? problems : notArchived(published),
    };

  // Where Security Hub is off no finding can be out of date: a gap only where a cluster has something to publish.
  if (!problems.some(hasCode('security-hub-off'))) return { status: 'failed', transitions, goneClusters, problems };
  return listed.value.length > 0
    ? { status: 'done', complete: false, transitions, goneClusters, problems }
    : { status: 'done', transitions, goneClusters, problems: [] };
}

const tookNothing = ({ imported, notSent }: PublishResult): boolean => imported === 0 && notSent.length > 0;

/** A cluster's audit reports why Security Hub refused a finding; a Region has no audit. */
function notArchived({ rejected, notSent }: PublishResult): readonly Problem[] {
  const left = [...rejected.map(({ id, code, message }) => ({ id, because: `${code}: ${message}` })), ...notSent];
  const [first] = left;
  if (!first) return [];

  return [
    {
      code: 'findings-not-taken',
      message: `${howMany(left.length, 'finding')} of clusters that are gone could not be archived, such as ${first.id} (${printable(first.because, 300)})`,
      remedy: 'fix what Security Hub says; the next run archives them',
    },
  ];
}

/** Items audited side by side; they are shuffled, so that these are of different accounts. */
const itemsAtOnce = 8;

/** The most items in memory: those that are being audited, and those that are done and not yet taken. */
const itemsInMemory = 16;

/** Audits what was discovered, in its order, as fast as it is taken. When the signal aborts nothing new is begun: what is missing then has no result. */
export function auditItems(
  ports: RunPorts,
  { items }: Pick<Discovery, 'items'>,
  options: ItemOptions,
): AsyncIterable<ItemResult> {
  return pMapIterable(until(options.signal, items), async (item) => await auditItem(ports, item, options), {
    concurrency: itemsAtOnce,
    backpressure: itemsInMemory,
  });
}

function* until(signal: AbortSignal, items: readonly RunItem[]): Generator<RunItem> {
  for (const item of items) {
    if (signal.aborted) return;
    yield item;
  }
}
