import { pMapIterable } from 'p-map';
import type { RunPorts } from '../../core/ports.ts';
import type { Discovery } from '../../core/run/discovery.ts';
import type { RunItem } from '../../core/run/item.ts';
import { auditItem, type ItemOptions, type ItemResult } from './audit-item.ts';

/** Items audited side by side; neighbours are of different accounts, so that this is about one an account. */
const itemsAtOnce = 8;

/** Items that are audited, or done and not yet taken: more are not in memory, however many there are. */
const itemsInMemory = 16;

/** Audits what was discovered, in its order, as fast as it is taken. When the signal aborts nothing new is begun: what is missing then has no result. */
export function auditItems(
  ports: RunPorts,
  { items }: Pick<Discovery, 'items'>,
  options: ItemOptions,
): AsyncIterable<ItemResult> {
  return pMapIterable(until(options.signal, items), async (item) => await auditItem(ports, item, options), {
    concurrency: itemsAtOnce,
    backpressure: itemsInMemory,
  });
}

function* until(signal: AbortSignal, items: readonly RunItem[]): Generator<RunItem> {
  for (const item of items) {
    if (signal.aborted) return;
    yield item;
  }
}
