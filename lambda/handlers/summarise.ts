import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import type { Control } from '../core/judge/control.ts';
import { manifestCaller } from '../core/model/manifest.ts';
import { OperatorError } from '../core/model/operator-error.ts';
import type { RunSummary } from '../core/run/tally.ts';
import type { Log } from '../flow/ports.ts';
import { runSummary } from '../flow/run/run-summary.ts';
import { deployedWaivers } from '../wiring/deployed-waivers.ts';
import { caller } from '../wiring/open/caller.ts';
import { openSummaryPorts } from '../wiring/open/hub.ts';
import { partitionOfRegion } from '../wiring/partition-of-region.ts';
import { required, settingsFromEnvironment } from '../wiring/settings.ts';
import { settingsOfFunction } from '../wiring/settings-in-force.ts';
import { logGaps, namingErrors, parseEvent, runId, withPorts } from './invocation.ts';

const summariseEvent = z.object({ runId });

/** Counts what a run found, from the answers in S3. */
export function handler(event: unknown, context: Pick<Context, 'awsRequestId'>) {
  return namingErrors(async () => {
    const { runId: run } = parseEvent(summariseEvent, event, '{"runId": "…"}');
    const settings = settingsFromEnvironment(process.env);
    const { benchmark, controls, sources, leftOut, accessPath } = settings;
    const auditedWith = {
      caller: manifestCaller(await caller(accessPath.homeRegion, undefined)),
      settings: settingsOfFunction(settings, process.env),
      sources,
      controls: { lookedAt: controls.map(slugOf), leftOut: leftOut.map(slugOf) },
    };
    const keys = { requestId: context.awsRequestId, runId: run };
    const partition = partitionOfRegion(required(process.env, 'AWS_REGION'));

    return await withPorts(openSummaryPorts({ keys, env: process.env }), async (ports) => {
      const waivers = await waiversOrNone(ports.log, settings);
      const request = { runId: run, benchmark, controls, partition, auditedWith, waivers };
      const summary = await runSummary(ports, request);
      logGaps(ports.log, summary.gaps);
      return doneOf(summary, ports.runs.summaryAddress(run));
    });
  });
}

/** Where they can't be read, each item names that and audits nothing. The summary must still be written: it counts them, and names none that is unused. */
async function waiversOrNone(log: Log, settings: ReturnType<typeof settingsFromEnvironment>) {
  try {
    return await deployedWaivers({ env: process.env, folder: import.meta.dirname, ...settings });
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    log.warn(error.message, { code: error.code });
    return [];
  }
}

const slugOf = ({ slug }: Control): string => slug;

/** The run in numbers, as the output of its execution: what is behind them is in S3. */
function doneOf({ gaps, ...run }: RunSummary, summary: string) {
  const { runId, complete, accounts, clusters, nodes, unreadableNodes, verdicts, failedItems } = run;
  const counts = { accounts, clusters, nodes, unreadableNodes, verdicts, gaps: gaps.length, failedItems };
  return { runId, complete, ...counts, summary };
}
