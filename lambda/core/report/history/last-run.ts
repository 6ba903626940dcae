import * as z from 'zod/mini';
import { unknownFields } from '../../model/unknown-fields.ts';

const run = { runId: z.string().check(z.regex(/^[A-Za-z0-9_-]{1,80}$/)), startedAt: z.iso.datetime() };

const statement = z.looseObject({
  name: z.string().check(z.maxLength(200)),
  sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
});

/** The run that was summed up last, and the one before it, which a run is compared with to find what is new. */
export const lastRun = z.looseObject({
  version: z.literal(1),
  ...run,
  before: z.exactOptional(z.looseObject(run)),
  /** What was signed last, of whichever run: the next statement names it. */
  statement: z.exactOptional(statement),
  /** When the first run was summed up whose objects name their own keys: a younger object without its key is not the program's. */
  ownKeysSince: z.exactOptional(z.iso.datetime()),
});

export type LastRun = Readonly<z.infer<typeof lastRun>>;
export type KeptRun = Pick<LastRun, 'runId' | 'startedAt'>;

/** The run before this one, also when this one is summed up again. */
export const runBefore = (last: LastRun | undefined, { startedAt }: KeptRun): KeptRun | undefined =>
  [last, last?.before].find((each) => each !== undefined && each.startedAt < startedAt);

/** What is kept once this run is summed up; an older one that is done again is not the last. */
export function lastRunAfter(
  last: LastRun | undefined,
  { runId, startedAt, ownKeysSince }: Pick<LastRun, 'runId' | 'startedAt' | 'ownKeysSince'>,
  signed: LastRun['statement'] = last?.statement,
): LastRun {
  if (last && last.startedAt >= startedAt) return signed ? { ...last, statement: signed } : last;
  const since = last?.ownKeysSince ?? ownKeysSince;
  return {
    ...unknownFields(lastRun, last),
    ...(since && { ownKeysSince: since }),
    version: 1,
    runId,
    startedAt,
    ...(signed && { statement: signed }),
    ...(last && { before: { runId: last.runId, startedAt: last.startedAt } }),
  };
}
