import { OperatorError } from '../../core/operator-error.ts';
import type { HubPorts } from '../../core/ports.ts';
import { runCost } from '../../core/run/cost.ts';
import { coverageOf } from '../../core/run/coverage.ts';
import type { Discovery } from '../../core/run/discovery.ts';
import { completedEvent, gapEvent } from '../../core/run/events.ts';
import { metricsOf } from '../../core/run/metrics.ts';
import { compareGaps } from '../../core/run/standing-gaps.ts';
import type { RunSummary } from '../../core/run/summary.ts';
import { RunTally, type Totals } from '../../core/run/tally.ts';

interface SummaryRequest {
  readonly runId: string;
  readonly benchmark: string;
}

/** Sums up the answers of a run, and says that it is over. The event comes last, when everything that it points to is there. */
export async function runSummary(
  ports: Pick<HubPorts, 'runs' | 'events' | 'metrics' | 'clock'>,
  { runId, benchmark }: SummaryRequest,
): Promise<RunSummary> {
  const discovery = await ports.runs.discovery(runId);
  if (!discovery)
    throw new OperatorError('run-unknown', `run '${runId}' has no discovery; start it again under this id`);

  const tally = new RunTally(discovery.items);
  for await (const answer of ports.runs.answers(runId)) tally.add(answer);
  const totals = tally.totals();
  const { changes, standing } = compareGaps({
    runId,
    startedAt: discovery.startedAt,
    gaps: coverageOf(discovery, totals).gaps,
    before: await ports.runs.standingGaps(),
  });
  // By their beginning, so that a run that is summed up again counts the same.
  const newGaps = standing.gaps.filter(({ since }) => since === discovery.startedAt).length;
  const summary = summaryOf(discovery, totals, { benchmark, newGaps });

  await ports.runs.putSummary(summary);
  ports.metrics.publish(metricsOf(summary), { runId, benchmark });
  const address = ports.runs.summaryAddress(runId);
  const events = [
    ...changes.map((each) => gapEvent(each, { runId, summary: address })),
    completedEvent(summary, address),
  ];
  await ports.events.put(events.map((each) => ({ ...each, time: ports.clock.now() })));
  // Kept once it was said: a run that breaks off before says it again.
  await ports.runs.putStandingGaps(standing);
  return summary;
}

/** A run in numbers. Nothing in it depends on the order of the answers, or on when it is summed up. */
export function summaryOf(
  discovery: Discovery,
  totals: Totals,
  { benchmark, newGaps }: Pick<RunSummary, 'benchmark' | 'newGaps'>,
): RunSummary {
  return {
    schemaVersion: 1,
    runId: discovery.runId,
    startedAt: discovery.startedAt,
    finishedAt: totals.finishedAt ?? discovery.startedAt,
    benchmark,
    ...coverageOf(discovery, totals),
    verdicts: totals.verdicts,
    controls: totals.controls,
    findings: totals.findings,
    newGaps,
    problems: totals.problems,
    cost: runCost(discovery, totals),
  };
}
