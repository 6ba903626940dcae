import * as z from 'zod/mini';

/** What the state machine hands from one function to the next. It ends up in keys of S3 objects and in logs: nothing that leads out of them. */
export const runId = z.string().check(z.regex(/^[A-Za-z0-9][\w-]{0,79}$/));

export const isoTime = z.iso.datetime();
