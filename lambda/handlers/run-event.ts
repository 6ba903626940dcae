import * as z from 'zod/mini';

/** What the state machine hands from one function to the next. It ends up in keys of S3 objects and in logs: nothing that leads out of them. */
export const runId = z.string().check(z.regex(/^[A-Za-z0-9][\w-]{0,79}$/));

export const isoTime = z.iso.datetime();

const place = {
  partition: z.string().check(z.regex(/^aws[a-z-]*$/)),
  accountId: z.string().check(z.regex(/^\d{12}$/)),
  region: z.string().check(z.regex(/^[a-z]{2,}(-[a-z0-9]+)+-\d{1,2}$/)),
};

/** One line of the run's items. */
export const runItem = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('cluster'),
    ...place,
    cluster: z.string().check(z.regex(/^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/)),
  }),
  z.strictObject({ kind: z.literal('region'), ...place }),
]);
