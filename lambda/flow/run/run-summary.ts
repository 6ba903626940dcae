import { eventTypes } from '../../contract/events.ts';
import { version } from '../../contract/version.ts';
import type { Control } from '../../core/judge/control.ts';
import type { Waiver } from '../../core/judge/waivers/waiver.ts';
import { waiverUse } from '../../core/judge/waivers/waiver-use.ts';
import { type AuditedWith, manifestOf } from '../../core/model/manifest.ts';
import type { Problem } from '../../core/model/model.ts';
import { OperatorError } from '../../core/model/operator-error.ts';
import { byText } from '../../core/model/text/words.ts';
import { CensusCount, type SweptFailure } from '../../core/report/history/census-history.ts';
import { type HistoryLine, historyLineOf, historyParser, lineName } from '../../core/report/history/history-line.ts';
import { type KeptRun, lastRunAfter, runBefore } from '../../core/report/history/last-run.ts';
import { compareRuns, failuresOf, type HistoryRun, runsOf } from '../../core/report/history/posture-history.ts';
import type { TrendPoint } from '../../core/report/html/history-page.ts';
import { runReport } from '../../core/report/html/run-page.ts';
import type { ItemAnswer } from '../../core/run/answer.ts';
import { coverageOf } from '../../core/run/coverage.ts';
import type { Discovery } from '../../core/run/discovery.ts';
import { completedEvent, gapEvent, transitionEvents } from '../../core/run/events.ts';
import { type ClusterItem, itemName } from '../../core/run/item.ts';
import { newGapsOf } from '../../core/run/new-gaps.ts';
import { compareGaps } from '../../core/run/standing-gaps.ts';
import { metricsOf, type RunSummary, type Totals, totalsOf } from '../../core/run/tally.ts';
import { withdrawExcluded } from './archive-gone-clusters.ts';
import type { HubPorts, RunStore } from './ports.ts';
import { signRun } from './sign-run.ts';

interface SummaryRequest {
  readonly runId: string;
  readonly benchmark: string;
  readonly controls: readonly Control[];
  /** The partition of the hub: every account that it audits is in it. */
  readonly partition: string;
  readonly auditedWith: AuditedWith;
  readonly waivers?: readonly Waiver[];
}

/** Sums up the answers of a run, and says that it is over. The event comes last, when everything that it points to is there. */
export async function runSummary(
  ports: Pick<HubPorts, 'runs' | 'events' | 'metrics' | 'clock' | 'memory' | 'signing' | 'lastSweep'>,
  { runId, benchmark, controls, partition, auditedWith, waivers = [] }: SummaryRequest,
): Promise<RunSummary> {
  const found = await ports.runs.discovery(runId);
  if (!found) throw new OperatorError('run-unknown', `run '${runId}' has no discovery; start it again under this id`);

  const refused: Problem[] = [];
  const read = await Array.fromAsync(ports.runs.answers(runId, (problem) => refused.push(problem)));
  const discovery = { ...found, gaps: [...found.gaps, ...refused.map((problem) => ({ problem }))] };
  const all = read.toSorted(byText(({ item }) => itemName(item)));
  const answers = all.filter(({ item }) => item.kind === 'cluster');
  const gone = all.flatMap(({ item, goneClusters = [] }) =>
    goneClusters.map((cluster): ClusterItem => ({ ...item, kind: 'cluster', cluster })),
  );
  const totals = totalsOf(discovery.items, all);
  const { changes, reminders, standing } = compareGaps({
    runId,
    startedAt: discovery.startedAt,
    gaps: coverageOf(discovery, totals.looked).gaps,
    before: await ports.runs.standingGaps(),
  });
  // By their beginning, so that a run that is summed up again counts the same.
  const newGaps = standing.gaps.filter(({ since }) => since === discovery.startedAt).length;
  const used = waiverUse(waivers, totals.waiversMatched);
  const summary = summaryOf(discovery, totals, { benchmark, newGaps, ...(used && { waivers: used }) });

  const { startedAt, finishedAt } = summary;
  const manifest = manifestOf({ ...auditedWith, startedAt, finishedAt });

  const last = await ports.runs.lastRun();
  const before = await historyRunBefore(ports.runs, runBefore(last, discovery));
  const ended = [...gone, ...goneSince(before, discovery)];
  const lines = historyOf(answers, summary, { gone: ended, sweptAt: await ports.lastSweep?.() });
  const now = runsOf(lines)[0] ?? { run: runId, startedAt: discovery.startedAt, clusters: new Map() };
  const swept = before && ports.lastSweep ? await sweptSince(ports.runs, before) : [];
  const compared = before && compareRuns(before, now, swept);
  const trend = [...(await trendBefore(ports.runs, discovery)), trendPoint(now)];

  await ports.runs.putReport(
    runId,
    runReport(answers, summary, {
      controls,
      benchmark,
      version,
      manifest,
      ...(compared && { compared }),
      trend: { runs: trend, sweeps: swept.map(({ at }) => at) },
    }),
  );
  await ports.runs.putHistory(
    discovery,
    lines.map((each) => `${JSON.stringify(each)}\n`),
  );
  await ports.runs.putSummary(summary);
  await ports.runs.putManifest(runId, manifest);
  const checksums = await ports.runs.putChecksums(runId);
  const signed =
    ports.signing &&
    (await signRun(ports.runs, ports.signing, {
      summary,
      waived: totals.waived,
      manifest,
      checksums,
      now: ports.clock.now(),
    }));
  // Right after the statement, so that the next one names it, whatever becomes of the rest.
  await ports.runs.putLastRun(
    lastRunAfter(last, { ...discovery, ownKeysSince: ports.clock.now().toISOString() }, signed?.head),
  );
  ports.metrics.publish(metricsOf(summary), { runId, benchmark });
  const address = ports.runs.summaryAddress(runId);
  const report = ports.runs.reportAddress(runId);
  const withdrawn = ports.memory && (await withdrawExcluded(ports.memory, discovery, partition));
  const opened = newGapsOf(changes, { runId, failedItems: summary.failedItems, summary: address, report }, reminders);
  const events = [
    ...transitionEvents(withdrawn?.transitions ?? [], { runId, page: report, last: signed?.head }),
    ...changes.map((each) => gapEvent(each, { runId, summary: address, report })),
    ...(opened ? [{ type: eventTypes.gapsOpened, detail: opened }] : []),
    completedEvent(summary, { summary: address, report, ...(signed && { signed }) }),
  ];
  await ports.events.put(events.map((each) => ({ ...each, time: ports.clock.now() })));
  // Stored after the events: if the run is interrupted in between, the next one sends them again.
  await withdrawn?.keep();
  await ports.runs.putStandingGaps(standing);
  return summary;
}

/** One line per cluster, also for each that is gone. The first one also has the last sweep, so that silence after it is seen. */
function historyOf(
  answers: readonly ItemAnswer[],
  { runId, startedAt, gaps }: RunSummary,
  { gone, sweptAt }: { readonly gone: readonly ClusterItem[]; readonly sweptAt: string | undefined },
): readonly HistoryLine[] {
  const ended = { status: 'gone', complete: true, nodes: 0, unreadableNodes: 0 } as const;
  const lines = [...gone.map((item) => ({ item, ...ended })), ...answers].flatMap(
    (answer) => historyLineOf(answer, { runId, startedAt, gaps: gaps.length }) ?? [],
  );
  return [...new Map(lines.map((line) => [lineName(line), line])).values()].map((line, index) =>
    index === 0 && sweptAt !== undefined ? { ...line, sweptAt } : line,
  );
}

/** Clusters of the run before that a whole list of their Region no longer has. Where nothing is published, no memory knows them. */
function goneSince(before: HistoryRun | undefined, { items, skipped, empty = [] }: Discovery): readonly ClusterItem[] {
  const listed = new Map(
    [...items.filter(({ kind }) => kind === 'region'), ...empty].map((each) => [
      `${each.accountId}/${each.region}`,
      each,
    ]),
  );
  const kept = new Set([
    ...items.map(itemName),
    ...skipped.map(({ accountId, region, cluster }) => `${accountId}/${region}/${cluster}`),
  ]);
  return [...(before?.clusters ?? [])].flatMap(([name, { account, region, cluster, status }]) => {
    const place = listed.get(`${account}/${region}`);
    return place && status !== 'gone' && !kept.has(name) ? [{ ...place, kind: 'cluster', cluster }] : [];
  });
}

/** The run before as it was kept; nothing where it kept nothing that can be read. */
async function historyRunBefore(runs: RunStore, run: KeptRun | undefined): Promise<HistoryRun | undefined> {
  const text = run && (await runs.history(run));
  if (text === undefined) return undefined;

  const [found] = runsOf(historyParser()(text).lines);
  return found;
}

const trendDays = 31;

const trendPoint = ({ startedAt, clusters }: HistoryRun) => ({ startedAt, failures: failuresOf(clusters.values()) });

/** The failures of the runs of a month before this one. Run by run: a large organization's lines of all of them have no room. */
async function trendBefore(runs: RunStore, { startedAt }: KeptRun): Promise<readonly TrendPoint[]> {
  const since = new Date(Date.parse(startedAt) - trendDays * 86_400_000).toISOString().slice(0, 10);
  const points: TrendPoint[] = [];
  for await (const text of runs.histories(since)) points.push(...runsOf(historyParser()(text).lines).map(trendPoint));
  return points.filter((each) => each.startedAt < startedAt).toSorted(byText((each) => each.startedAt));
}

/** What sweeps saw failing since the run before. */
async function sweptSince(runs: RunStore, { startedAt }: HistoryRun): Promise<readonly SweptFailure[]> {
  const count = new CensusCount();
  for await (const text of runs.census(startedAt.slice(0, 10))) count.add(text);
  return count.history?.failures ?? [];
}

/** A run in numbers. Nothing in it depends on the order of the answers, or on when it is summed up. */
export function summaryOf(
  discovery: Discovery,
  { looked, counted, finishedAt = discovery.startedAt }: Totals,
  more: Pick<RunSummary, 'benchmark' | 'newGaps' | 'waivers'>,
): RunSummary {
  const { runId, startedAt } = discovery;
  return { schemaVersion: 1, runId, startedAt, finishedAt, ...coverageOf(discovery, looked), ...counted, ...more };
}
