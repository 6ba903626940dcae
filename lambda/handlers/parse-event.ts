import type * as z from 'zod/mini';
import { UsageError } from '../core/model/operator-error.ts';

/**
 * The event, checked strictly: unknown fields are rejected, so that a typo is not silently ignored.
 * @param send what may be sent, for the person who sent something else
 * @throws UsageError
 */
export function parseEvent<T extends z.ZodMiniType>(schema: T, event: unknown, send: string): z.output<T> {
  const parsed = schema.safeParse(event);
  if (parsed.success) return parsed.data;

  const sent = JSON.stringify(event)?.slice(0, 200);
  throw new UsageError(`the event ${sent} is not known; send ${send}`, { cause: parsed.error });
}
