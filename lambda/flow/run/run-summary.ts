import { OperatorError } from '../../core/operator-error.ts';
import type { HubPorts } from '../../core/ports.ts';
import { runCost } from '../../core/run/cost.ts';
import { coverageOf } from '../../core/run/coverage.ts';
import type { Discovery } from '../../core/run/discovery.ts';
import { completedEvent } from '../../core/run/events.ts';
import { metricsOf } from '../../core/run/metrics.ts';
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
  const summary = summaryOf(discovery, tally.totals(), benchmark);

  await ports.runs.putSummary(summary);
  ports.metrics.publish(metricsOf(summary), { runId, benchmark });
  const event = completedEvent(summary, ports.runs.summaryAddress(runId));
  await ports.events.put([{ ...event, time: ports.clock.now() }]);
  return summary;
}

/** A run in numbers. Nothing in it depends on the order of the answers, or on when it is summed up: done twice it is the same. */
export function summaryOf(discovery: Discovery, totals: Totals, benchmark: string): RunSummary {
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
    problems: totals.problems,
    cost: runCost(discovery, totals),
  };
}
