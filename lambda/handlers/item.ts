import * as z from 'zod/mini';
import { runItem as itemSchema } from '../core/run/item.ts';
import { sweepItemSchema } from '../core/run/sweep.ts';
import { runItem } from '../flow/run/run-item.ts';
import { sweepItem } from '../flow/sweep/sweep-item.ts';
import { deployedWaivers } from '../wiring/deployed-waivers.ts';
import { openHubPorts } from '../wiring/open/hub.ts';
import { settingsFromEnvironment } from '../wiring/settings.ts';
import { type ItemDone, itemDoneOrThrown, type SweepItemDone, sweepItemDoneOrThrown } from './item-done.ts';
import { logItem, logSweepItem } from './log-item.ts';
import { namingErrors } from './named-error.ts';
import { isoTime, parseEvent, runId } from './parse-event.ts';
import { type HubContext, timeLimits } from './time-limits.ts';

// Another release may have written the state machine that calls it.
const itemEvent = z.object({ runId, startedAt: isoTime, item: itemSchema, last: z.optional(z.literal(true)) });

// It comes from the state machine of sweeps.
const sweepEvent = z.object({ sweepItem: sweepItemSchema });

/**
 * Audits one item of a run, or reads the machines of one item of a sweep. A failed item fails its invocation under the name of its problem, although its answer is stored. So the state machine
 * retries a throttled one, goes on with an unfinished one, and lists every other among its failed items.
 */
export function handler(event: unknown, context: HubContext): Promise<ItemDone | SweepItemDone> {
  if (Object(event).sweepItem !== undefined) return handleSweepItem(event, context);

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

function handleSweepItem(event: unknown, context: HubContext): Promise<SweepItemDone> {
  return namingErrors(async () => {
    const { sweepItem: item } = parseEvent(sweepEvent, event, 'what a sweep starts: {"sweepItem": {…}}');
    const settings = settingsFromEnvironment(process.env);
    const waivers = await deployedWaivers({ env: process.env, folder: import.meta.dirname, ...settings });
    const { deadline, signal } = timeLimits(context);
    const ports = await openHubPorts(settings, {
      keys: { requestId: context.awsRequestId, sweepAt: item.sweepAt },
      env: process.env,
      functionArn: context.invokedFunctionArn,
      deadline,
    });

    try {
      const answer = await sweepItem(ports, item, { ...settings, waivers, deadline, signal });
      logSweepItem(ports.log, answer);
      return sweepItemDoneOrThrown(answer);
    } finally {
      ports.close();
    }
  });
}
