import * as z from 'zod/mini';
import { itemName, runItem as itemSchema } from '../core/run/item.ts';
import { sweepItemSchema } from '../core/run/sweep.ts';
import { rememberUnaudited, runItem } from '../flow/run/run-item.ts';
import { sweepItem } from '../flow/sweep/sweep-item.ts';
import { deployedWaivers } from '../wiring/deployed-waivers.ts';
import { openHubPorts } from '../wiring/open/hub.ts';
import { beginInvocation, type HubContext, isoTime, namingErrors, parseEvent, runId, withPorts } from './invocation.ts';
import { itemDoneOrThrown, logItem, logSweepItem, sweepItemDoneOrThrown } from './log-item.ts';

// Another release may have written the state machine that calls it.
const itemEvent = z.object({
  runId,
  startedAt: isoTime,
  item: itemSchema,
  last: z.optional(z.literal(true)),
  /** Nothing is audited: its invocations have failed or died. */
  unaudited: z.optional(z.literal(true)),
});

// It comes from the state machine of sweeps.
const sweepEvent = z.object({ sweepItem: sweepItemSchema });

/**
 * Audits one item of a run, or reads the machines of one item of a sweep. A failed item fails its invocation under the name of its problem, although its answer is stored. So the state machine
 * retries a throttled one, goes on with an unfinished one, and lists every other among its failed items.
 */
export function handler(event: unknown, context: HubContext) {
  return namingErrors<object>(() =>
    Object(event).sweepItem === undefined ? auditItem(event, context) : handleSweepItem(event, context),
  );
}

async function auditItem(event: unknown, context: HubContext) {
  const send =
    '{"runId": "…", "startedAt": "2026-11-25T05:00:00Z", "item": {…}}, with an item as in a line of runs/RUN/items.jsonl';
  const { runId: run, startedAt, item, last = false, unaudited = false } = parseEvent(itemEvent, event, send);
  const { options, open } = await itemPorts(context, { runId: run });

  return await withPorts(open(), async (ports) => {
    const runOptions = { ...options, runStartedAt: new Date(startedAt) };
    if (unaudited) {
      await rememberUnaudited(ports, { runId: run, item }, runOptions);
      return { unaudited: itemName(item) };
    }
    const { answer, audit } = await runItem(ports, { runId: run, item, last }, runOptions);
    logItem(ports.log, answer, audit);
    return itemDoneOrThrown(answer);
  });
}

async function handleSweepItem(event: unknown, context: HubContext) {
  const { sweepItem: item } = parseEvent(sweepEvent, event, 'what a sweep starts: {"sweepItem": {…}}');
  const { options, open } = await itemPorts(context, { sweepAt: item.sweepAt });

  return await withPorts(open(), async (ports) => {
    const answer = await sweepItem(ports, item, options);
    logSweepItem(ports.log, answer);
    return sweepItemDoneOrThrown(answer);
  });
}

async function itemPorts(context: HubContext, keys: Readonly<Record<string, string>>) {
  const { settings, deadline, signal, invocation } = beginInvocation(context, keys);
  const waivers = await deployedWaivers({ env: process.env, folder: import.meta.dirname, ...settings });
  return {
    options: { ...settings, waivers, deadline, signal },
    open: () => openHubPorts(settings, invocation),
  };
}
