import * as z from 'zod/mini';
import { runSweep, type SweepDone } from '../flow/sweep/run-sweep.ts';
import { openSweepPorts } from '../wiring/open/sweep.ts';
import { settingsFromEnvironment } from '../wiring/settings.ts';
import { namingErrors } from './named-error.ts';
import { isoTime, parseEvent } from './parse-event.ts';
import { type HubContext, timeLimits } from './time-limits.ts';

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

interface SweepHandlerOptions {
  readonly excludes: (accountId: string, settings: ReturnType<typeof settingsFromEnvironment>) => boolean;
}

/** Looks for machines that came and went since the sweep before, under the role that discovers. */
export function sweepHandler(
  event: unknown,
  context: HubContext,
  { excludes }: SweepHandlerOptions,
): Promise<SweepDone> {
  return namingErrors(async () => {
    const { sweep } = parseEvent(
      sweepEvent,
      event,
      '{"sweep": {"scheduledTime": "2026-11-25T14:15:00Z", "everyMinutes": 15}}',
    );
    const settings = settingsFromEnvironment(process.env);
    const { deadline, signal } = timeLimits(context);
    const until = new Date(Math.min(deadline.getTime(), Date.now() + longestMs));
    const ports = await openSweepPorts(settings, {
      keys: { requestId: context.awsRequestId },
      env: process.env,
      functionArn: context.invokedFunctionArn,
      deadline: until,
    });

    try {
      const done = await runSweep(ports, {
        sweepAt: new Date(Math.floor(Date.parse(sweep.scheduledTime) / minute) * minute).toISOString(),
        everyMinutes: sweep.everyMinutes,
        excludes: (accountId) => excludes(accountId, settings),
        excludeClusters: settings.excludeClusters,
        regions: settings.accessPath.regions,
        deadline: until,
        signal,
      });
      ports.log.info('swept', { ...done });
      return done;
    } finally {
      ports.close();
    }
  });
}
