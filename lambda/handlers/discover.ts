import * as z from 'zod/mini';
import { environment } from '../contract/environment.ts';
import { itemsFile, runPrefix } from '../contract/names.ts';
import { runDiscovery } from '../flow/run/run-discovery.ts';
import { runSweep, type SweepDone } from '../flow/sweep/run-sweep.ts';
import { openHubPorts, openSweepPorts } from '../wiring/open/hub.ts';
import { required } from '../wiring/settings.ts';
import {
  beginInvocation,
  type HubContext,
  isoTime,
  logGaps,
  namingErrors,
  parseEvent,
  runId,
  withPorts,
} from './invocation.ts';

/** What the state machine passes on about its execution. A person may start one with the id of an earlier run, whose unfinished items are then audited. */
const discoverEvent = z.object({
  executionName: runId,
  executionStartedAt: isoTime,
  // A person may write it: a mistyped field would start another run.
  input: z.strictObject({ runId: z.optional(runId) }),
});

/** Lists what to audit, into S3; or sweeps, where the schedule of sweeps calls. */
export function handler(event: unknown, context: HubContext) {
  if (Object(event).sweep !== undefined) return sweepHandler(event, context);

  return namingErrors(async () => {
    const { executionName, executionStartedAt, input } = parseEvent(
      discoverEvent,
      event,
      'an execution of the state machine the input {} or {"runId": "ID OF A FORMER RUN"}, and name it with letters, digits, - and _',
    );
    const { settings, deadline, signal, isAudited, invocation } = beginInvocation(context);

    return await withPorts(openHubPorts(settings, invocation), async (ports) => {
      const discovery = await runDiscovery(ports, {
        runId: input.runId ?? executionName,
        startedAt: executionStartedAt,
        regions: settings.accessPath.regions,
        names: [],
        excludeClusters: settings.excludeClusters,
        excludes: (accountId) => !isAudited(accountId),
        publish: settings.publish,
        deadline,
        signal,
      });
      const { runId: run, startedAt, accounts, regions, gaps, skipped } = discovery;
      const items = discovery.items.length;
      const counts = { items, gaps: gaps.length, skipped: skipped.length };
      ports.log.info('discovered', { runId: run, accounts, regions, ...counts });
      logGaps(ports.log, gaps);
      const bucket = required(process.env, environment.bucket);
      return { runId: run, startedAt, bucket, key: `${runPrefix}${run}/${itemsFile}`, items };
    });
  });
}

/** As EventBridge Scheduler sends it: the planned time, also when it is late or tries again. One time is one sweep. */
const sweepEvent = z.strictObject({
  sweep: z.strictObject({
    scheduledTime: isoTime,
    everyMinutes: z.int().check(z.minimum(5), z.maximum(45)),
  }),
});

const minute = 60_000;

/** What is not asked by then, the next sweep asks. */
const longestMs = 4 * minute;

/** Looks for machines that came and went since the sweep before, under the role that discovers. */
export function sweepHandler(event: unknown, context: HubContext): Promise<SweepDone> {
  return namingErrors(async () => {
    const { sweep } = parseEvent(
      sweepEvent,
      event,
      '{"sweep": {"scheduledTime": "2026-11-25T14:15:00Z", "everyMinutes": 15}}',
    );
    const { settings, signal, isAudited, invocation } = beginInvocation(context);
    const deadline = new Date(Math.min(invocation.deadline.getTime(), Date.now() + longestMs));

    return await withPorts(openSweepPorts(settings, { ...invocation, deadline }), async (ports) => {
      const done = await runSweep(ports, {
        sweepAt: new Date(Math.floor(Date.parse(sweep.scheduledTime) / minute) * minute).toISOString(),
        everyMinutes: sweep.everyMinutes,
        excludes: (accountId) => !isAudited(accountId),
        excludeClusters: settings.excludeClusters,
        regions: settings.accessPath.regions,
        deadline,
        signal,
      });
      ports.log.info('swept', { ...done });
      return done;
    });
  });
}
