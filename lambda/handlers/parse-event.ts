import * as z from 'zod/mini';
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

/** What the state machine hands from one function to the next. It ends up in keys of S3 objects and in logs: nothing that leads out of them. */
export const runId = z.string().check(z.regex(/^[A-Za-z0-9][\w-]{0,79}$/));

export const isoTime = z.iso.datetime();
