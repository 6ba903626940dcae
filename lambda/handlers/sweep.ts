import * as z from 'zod/mini';
import { runSweep, type SweepDone } from '../flow/sweep/run-sweep.ts';
import { openSweepPorts } from '../wiring/open/sweep.ts';
import { beginInvocation, type HubContext, isoTime, namingErrors, parseEvent, withPorts } from './invocation.ts';

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
