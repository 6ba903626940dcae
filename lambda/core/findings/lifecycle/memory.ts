import * as z from 'zod/mini';

const isoTime = z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/));

const remembered = z.strictObject({
  /** The last verdict that was seen. */
  status: z.enum(['pass', 'fail', 'warn']),
  /** Absent when it was read in the last run, and Security Hub did not take it. */
  unreadable: z.optional(z.strictObject({ since: isoTime, runs: z.int().check(z.minimum(1), z.maximum(1_000_000)) })),
});

const schema = z.strictObject({
  version: z.literal(1),
  runId: z.string().check(z.minLength(1), z.maxLength(200)),
  startedAt: isoTime,
  findings: z.record(z.string().check(z.maxLength(512)), remembered),
});

/** What a run tells the next one about a cluster: only of findings that Security Hub alone cannot tell. */
export type Memory = Readonly<z.infer<typeof schema>>;
export type Remembered = Readonly<z.infer<typeof remembered>>;

/** Of the stored text; anything that this program did not write is nothing, and then each unreadable kubelet counts anew. */
export function parseMemory(value: unknown): Memory | undefined {
  const parsed = schema.safeParse(value);
  return parsed.success && !Number.isNaN(Date.parse(parsed.data.startedAt)) ? parsed.data : undefined;
}

/** A run's one time. One that is done again after younger ones comes a moment after what they have announced: their announcements are not its own. */
export function timeAfter(startedAt: Date, announced: readonly string[]): Date {
  const last = Math.max(...announced.map((each) => Date.parse(each)));
  return last > startedAt.getTime() ? new Date(last + 1) : startedAt;
}

/** Before the first run. What was announced by then is no news. */
export const emptyMemory = (now: Date): Memory => ({
  version: 1,
  runId: 'none',
  startedAt: now.toISOString(),
  findings: {},
});
