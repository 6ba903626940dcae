import * as z from 'zod/mini';
import { runItem as itemSchema } from '../core/run/item.ts';
import { runItem } from '../flow/run/run-item.ts';
import { deployedWaivers } from '../wiring/deployed-waivers.ts';
import { openHubPorts } from '../wiring/open/hub.ts';
import { settingsFromEnvironment } from '../wiring/settings.ts';
import { type ItemDone, itemDoneOrThrown } from './item-done.ts';
import { logItem } from './log-item.ts';
import { namingErrors } from './named-error.ts';
import { isoTime, parseEvent, runId } from './parse-event.ts';
import { type HubContext, timeLimits } from './time-limits.ts';

// Another release may have written the state machine that calls it.
const itemEvent = z.object({ runId, startedAt: isoTime, item: itemSchema, last: z.optional(z.literal(true)) });

/**
 * Audits one item of a run. A failed item fails its invocation under the name of its problem, although its answer is stored. So the state machine
 * retries a throttled one, goes on with an unfinished one, and lists every other among its failed items.
 */
export function handler(event: unknown, context: HubContext): Promise<ItemDone> {
  return namingErrors(async () => {
    const {
      runId: run,
      startedAt,
      item,
      last = false,
    } = parseEvent(
      itemEvent,
      event,
      '{"runId": "…", "startedAt": "2026-11-25T05:00:00Z", "item": {…}}, with an item as in a line of runs/RUN/items.jsonl',
    );
    const settings = settingsFromEnvironment(process.env);
    const waivers = await deployedWaivers({ env: process.env, folder: import.meta.dirname, ...settings });
    const { deadline, signal } = timeLimits(context);
    const ports = await openHubPorts(settings, {
      keys: { requestId: context.awsRequestId, runId: run },
      env: process.env,
      functionArn: context.invokedFunctionArn,
      deadline,
    });

    try {
      const options = { ...settings, waivers, deadline, signal, runStartedAt: new Date(startedAt) };
      const { answer, audit } = await runItem(ports, { runId: run, item, last }, options);
      logItem(ports.log, answer, audit);
      return itemDoneOrThrown(answer);
    } finally {
      ports.close();
    }
  });
}
