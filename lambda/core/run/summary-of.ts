import { runCost } from './cost.ts';
import { coverageOf } from './coverage.ts';
import type { Discovery } from './discovery.ts';
import type { RunSummary } from './summary.ts';
import type { Totals } from './tally.ts';

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
