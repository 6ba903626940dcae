import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { type StartRunResult, startRun } from '../flow/run/start-run.ts';
import { openStartPorts } from '../wiring/open/hub.ts';
import { isoTime, namingErrors, parseEvent, runId as runIdSchema, withPorts } from './invocation.ts';

/**
 * EventBridge Scheduler sends the planned time, also when it is late or tries again: one time is one run. A person may send the id of a former run,
 * whose unfinished items are then audited.
 */
const startEvent = z.strictObject({ scheduledTime: z.optional(isoTime), runId: z.optional(runIdSchema) });

/** Starts the run of this time; of now, when a person sends `{}`. */
export function handler(event: unknown, context: Pick<Context, 'awsRequestId'>): Promise<StartRunResult> {
  return namingErrors(async () => {
    const { scheduledTime, runId } = parseEvent(
      startEvent,
      event,
      '{}, {"runId": "ID OF A FORMER RUN"} or {"scheduledTime": "2026-11-25T05:00:00Z"}',
    );
    const opened = openStartPorts({ keys: { requestId: context.awsRequestId }, env: process.env });

    return await withPorts(opened, (ports) => {
      const scheduledAt = scheduledTime ? new Date(scheduledTime) : ports.clock.now();
      return startRun(ports, { scheduledAt, ...(runId !== undefined && { formerRun: runId }) });
    });
  });
}
