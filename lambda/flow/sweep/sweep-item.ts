import { hasCode } from '../../contract/problem-codes.ts';
import { version } from '../../contract/version.ts';
import { namedCluster } from '../../core/findings/finding.ts';
import { differences, failedIds } from '../../core/findings/lifecycle/difference.ts';
import { keyOfFinding } from '../../core/findings/lifecycle/memory.ts';
import {
  type OpenedBySweep,
  openedBySweep,
  sweptFinding,
  sweptTransition,
} from '../../core/findings/lifecycle/opened-by-sweep.ts';
import { beforeSending, untaken } from '../../core/findings/lifecycle/sweep-memory.ts';
import { rollUp } from '../../core/findings/roll-up.ts';
import type { Cluster, Instance, Problem } from '../../core/model/model.ts';
import type { ReportedAudit } from '../../core/model/reported-audit.ts';
import { ok } from '../../core/model/result.ts';
import { clusterJson } from '../../core/report/formats/json.ts';
import { clusterPage } from '../../core/report/html/html-report.ts';
import type { SweepAnswer, SweepItem, SweptMachine } from '../../core/run/sweep.ts';
import { type SweptLines, sweptLines, unlistedLines } from '../../core/run/swept-lines.ts';
import { auditCluster } from '../audit/audit-cluster.ts';
import { distinct, ofNodes } from '../audit/judge-nodes.ts';
import type { AuditPorts } from '../audit/ports.ts';
import { readStored, writeChanges } from '../audit/publish-findings.ts';
import { problemOf } from '../problem-of.ts';
import type { ItemOptions } from '../run/audit-item.ts';
import { announcedOnce } from '../run/run-item.ts';
import type { SweepItemName, SweepPorts } from './ports.ts';
import { sweptNodes } from './swept-nodes.ts';

export type SweepItemOptions = Omit<ItemOptions, 'step' | 'runStartedAt' | 'runId' | 'onlyNodes'>;

/**
 * One item of a sweep, done once: with a final answer in the store there is nothing left to do. What it read is stored first. Then findings and events are
 * sent, it is remembered, and the answer comes last. So one that died is done again from what it read. It throws `OperatorError` when the store cannot be used;
 * every other fault is in its answer.
 */
export async function sweepItem(ports: SweepPorts, item: SweepItem, options: SweepItemOptions): Promise<SweepAnswer> {
  const { machines, ...name } = item;
  const before = await ports.sweeps.answer(name);
  if (before && before.status !== 'failed') return before;

  const startedAt = ports.clock.now().toISOString();
  const came = await outcomeOf(ports, item, options);
  const answer = {
    item: name,
    opened: [],
    ...came,
    startedAt,
    finishedAt: ports.clock.now().toISOString(),
    problems: distinct(came.problems).slice(0, mostProblems),
  };
  await ports.sweeps.putAnswer(answer);
  return answer;
}

const mostProblems = 20;
const mostOpened = 200;

type ItemResult = Pick<SweepAnswer, 'status' | 'problems'> & Partial<Pick<SweepAnswer, 'opened'>> & SweptLines;

async function outcomeOf(ports: SweepPorts, item: SweepItem, options: SweepItemOptions): Promise<ItemResult> {
  const { machines = [], ...name } = item;
  const described = await ports.regionalClusters.describe(item, item.cluster);
  const cluster = described.find((each) => each.ok)?.value;
  const problems = described.flatMap((each) => (each.ok ? [] : [each.error]));
  const unlisted = (status: 'gone' | 'failed', met: readonly Problem[], because: string): ItemResult => {
    const kind = status === 'gone' ? 'never-joined' : 'unreadable';
    return { status, problems: met, ...unlistedLines(name, machines, { kind, because }) };
  };
  if (!cluster && problems.some(hasCode('cluster-not-found')))
    return unlisted('gone', [], 'EKS has no cluster of the name in its tags');
  if (!cluster) return unlisted('failed', problems, problems[0]?.message ?? 'EKS did not say');

  const named = { ...cluster, namesakes: item.namesakes ?? [] };
  const read = await readOnce(ports, { item, cluster: named }, options);
  if (!read) {
    const message = `the nodes of cluster ${item.cluster} could not be listed`;
    const failed = { code: 'cluster-unread', message, remedy: 'see the log of this item' };
    return unlisted('failed', [...problems, failed], message);
  }
  const { audit, instances } = read;
  const opened = await open(ports, { item: name, cluster: named, audit }, options);
  return {
    status: opened.isAnnounced ? 'done' : 'failed',
    opened: opened.ids.slice(0, mostOpened),
    problems: [...problems, ...audit.problems, ...opened.problems],
    ...sweptLines({
      item: name,
      machines: item.machines ?? machinesOfAll(instances),
      audit,
      instances,
      isPart: item.machines !== undefined,
    }),
  };
}

/** Of a new cluster, each machine that EC2 shows. */
function machinesOfAll(instances: ReadonlyMap<string, Instance> | undefined): readonly SweptMachine[] {
  return [...(instances?.values() ?? [])].flatMap(({ id, state, launchedAt, group, privateDnsName }) =>
    id.startsWith('i-') && launchedAt !== undefined && state !== 'terminated'
      ? [
          {
            instanceId: id,
            launchedAt,
            state,
            nodeNames: privateDnsName ? [privateDnsName] : [],
            group: group ?? { kind: 'self-managed', name: 'self-managed' },
            attempt: 0,
          },
        ]
      : [],
  );
}

interface ReadItem {
  readonly audit: ReportedAudit;
  /** By id, as EC2 described them; absent when it could not be asked. */
  readonly instances: ReadonlyMap<string, Instance> | undefined;
}

/** What the item's machines showed. It is written once: one that is done again uses the result that is there. */
async function readOnce(
  ports: SweepPorts,
  { item, cluster }: { readonly item: SweepItem; readonly cluster: Cluster },
  options: SweepItemOptions,
): Promise<ReadItem | undefined> {
  const { machines, ...name } = item;
  const { ports: reading, instances } = sweptNodes(ports, machines);
  const asked = async (): Promise<ReadItem['instances']> => {
    const found = await Promise.all(
      reading.instanceDirectories.map(async (each) => await each.instances(cluster, options.signal)),
    );
    return found.length > 0 && found.every((each) => each.ok) ? instances : undefined;
  };

  const kept = await ports.sweeps.result(name);
  if (kept) return { audit: kept, instances: await asked() };

  const audit = await audited(reading, { item, cluster }, options);
  if (!audit || audit.inventory.from === 'none') return undefined;

  const isOurs = await ports.sweeps.putResult(name, clusterJson(audit, options));
  // Another invocation did the same item first.
  if (!isOurs) return await readOnce(ports, { item, cluster }, options);
  await ports.sweeps.putPage(name, clusterPage(audit, { ...options, version, startedAt: item.sweepAt }));
  return { audit, instances: audit.inventory.machinesUnknown ? undefined : instances };
}

async function audited(
  ports: AuditPorts,
  { item, cluster }: { readonly item: SweepItem; readonly cluster: Cluster },
  options: SweepItemOptions,
): Promise<ReportedAudit | undefined> {
  const controls = item.machines ? ofNodes(options.controls) : options.controls;
  const runStartedAt = new Date(item.sweepAt);
  try {
    return await auditCluster(ports, cluster, { ...options, controls, runStartedAt, publish: false });
  } catch (error) {
    problemOf(ports.log, error, `the sweep of ${item.cluster}`);
    return undefined;
  }
}

/** Each comparison follows a note of what is sent, or one write of somebody else's, and those are few. */
const mostComparisons = 8;

/**
 * Notes what is to be sent, sends and announces what nobody knew of, and remembers it for the next run. A run that changed its memory meanwhile may have ended what was open here, so it is
 * compared again then.
 */
async function open(
  ports: SweepPorts,
  { item, cluster, audit }: { item: SweepItemName; cluster: Cluster; audit: ReportedAudit },
  options: SweepItemOptions,
) {
  const { arn } = namedCluster(cluster);
  const rolled = rollUp(audit, options.controls, options.scope)
    .filter(({ control }) => audit.controls.lookedAt.includes(control.slug))
    .toArray();
  const sweepId = `sweep-${item.sweepAt.slice(0, 16).replaceAll(':', '-')}`;
  const once = announcedOnce(ports, { runId: sweepId, what: `the sweep of ${item.cluster}` });
  const ids = new Set<string>();
  const problems: Problem[] = [];

  for (let comparison = 1; ; comparison += 1) {
    const [ofRuns, ofSweeps] = await Promise.all([
      ports.runMemory.read(arn, arn.name),
      ports.sweepMemory.read(arn, arn.name),
    ]);
    const run = ofRuns.value;
    const saw = { rolled, cluster: arn, listed: audit.auditedAt, at: item.sweepAt };
    const { opened, remember } = openedBySweep({ run, sweeps: ofSweeps.value }, saw);
    if (!remember) return { ids: [...ids], isAnnounced: true, problems };

    const context = { cluster, benchmark: options.benchmark, listed: audit.auditedAt, at: item.sweepAt, run };
    const prepared = await prepare(ports, opened, { ...context, ...options });
    const times = new Map(prepared.times.map(([id, time]) => [keyOfFinding(id, arn.arn), time]));
    const noted = untaken(ofSweeps.value, run);
    if ([...times].some(([key, time]) => noted[key]?.sent?.includes(time) !== true)) {
      const sending = beforeSending(ofSweeps.value, remember, times);
      await ports.sweepMemory.write(arn, arn.name, sending, ofSweeps);
      if (comparison === mostComparisons) return { ids: [...ids], isAnnounced: false, problems };
      continue;
    }
    const sent = await prepared.send();
    problems.push(...sent.problems);
    const notAnnounced = await once.announce(sent.transitions, ports.sweeps.pageAddress(item));
    if (notAnnounced) return { ids: [...ids], isAnnounced: false, problems: [...problems, notAnnounced] };

    for (const { id } of opened) ids.add(id);
    const isKept = await ports.sweepMemory.write(arn, arn.name, remember, ofSweeps);
    const isSame = (await ports.runMemory.read(arn, arn.name)).tag === ofRuns.tag;
    if (isKept && isSame) return { ids: [...ids], isAnnounced: true, problems };
    // The next run takes over what is written, and announces what was not.
    if (comparison === mostComparisons) return { ids: [...ids], isAnnounced: isKept, problems };
  }
}

type SendFindingOptions = Omit<Parameters<typeof sweptFinding>[1], 'context'> &
  Pick<SweepItemOptions, 'benchmark' | 'sources' | 'publish'> & { readonly cluster: Cluster };

async function prepare(
  ports: SweepPorts,
  opened: OpenedBySweep['opened'],
  { cluster, benchmark, sources, publish, ...swept }: SendFindingOptions,
) {
  const named = namedCluster(cluster);
  const news = opened.filter(({ isNews }) => isNews);
  const stored = publish && news.length > 0 ? await readStored(ports, named.arn) : ok(new Map());
  const now = new Date(swept.at);
  const context = {
    cluster: named,
    benchmark,
    now,
    stored: stored.ok ? stored.value : ('unknown' as const),
    ...(sources && { sources }),
  };
  const findings = news.flatMap((each) => sweptFinding(each, { ...swept, context }) ?? []);
  const changes =
    publish && stored.ok
      ? [...differences(findings, { stored: stored.value, now, leftOver: () => undefined })]
      : undefined;

  return {
    /** UpdatedAt of what is to be sent, by Id. */
    times: (changes ?? []).flatMap(({ kind, finding: { Id, UpdatedAt } }) =>
      kind === 'unchanged' ? [] : [[Id, new Date(UpdatedAt).toISOString()] as const],
    ),
    async send() {
      const { published, problem } = changes
        ? await writeChanges(ports, { place: named.arn, changes })
        : { published: undefined, problem: stored.ok ? undefined : stored.error };
      const failed = published && failedIds(published);
      const transitions = opened.flatMap((each) => {
        if (!each.isToAnnounce) return [];
        const securityHub = !failed ? 'not-read' : failed.has(each.id) ? 'not-taken' : 'taken';
        return sweptTransition(each, { ...swept, context, securityHub }) ?? [];
      });
      return { transitions, problems: problem ? [problem] : [] };
    },
  };
}
