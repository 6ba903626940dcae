import * as z from 'zod/mini';
import {
  isoTime,
  type Memory,
  machineGroups,
  missingMemory,
  mostSent,
  mostSwept,
  type RememberedFinding,
} from './memory.ts';

const opened = z.looseObject({
  /** Of the sweeps' memory, when this was written. */
  revision: z.int().check(z.minimum(1)),
  status: z.enum(['fail', 'warn']),
  /** When the sweep listed the machines, and the sweep's own time. */
  listed: isoTime,
  at: isoTime,
  /** The first machines that failed, with their node groups; none for a control about the cluster itself. */
  machines: machineGroups,
  /** UpdatedAt of what sweeps sent or were about to send, the last ones. */
  sent: z.optional(z.array(isoTime).check(z.maxLength(mostSent))),
  /** A sweep is about to send it, or died before it had. */
  pending: z.optional(z.literal(true)),
  /** The revision in which a sweep announced it last. Where a run has taken that one over, the run's memory says whether it is open. */
  announced: z.optional(z.int().check(z.minimum(1))),
});

const schema = z.looseObject({
  version: z.literal(1),
  /** It grows with every sweep that writes, so that a run can say what it has taken over. */
  revision: z.int().check(z.minimum(0)),
  /** Failures that sweeps saw, by what the finding covers, as in the memory of runs. */
  opened: z.record(z.string().check(z.maxLength(512)), opened),
});

/**
 * What sweeps leave for the next run about a cluster. Only sweeps add to it, and only runs, which take it over into their own memory, take away. So neither
 * writes over the other.
 */
export type SweepMemory = Readonly<z.infer<typeof schema>>;
export type OpenedEntry = Readonly<z.infer<typeof opened>>;

/** Reads the stored text. What this program did not write counts as nothing. */
export function parseSweepMemory(value: unknown): SweepMemory | undefined {
  const parsed = schema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

const lastOf = (times: readonly string[]): string[] => [...new Set(times)].slice(-mostSent);

/**
 * What a sweep remembers before it sends anything. Who finds that in Security Hub then knows its owner. Nothing of it is announced yet.
 * @param times UpdatedAt of what it is about to send, by what the finding covers
 */
export const beforeSending = (
  before: SweepMemory | undefined,
  after: SweepMemory,
  times: ReadonlyMap<string, string>,
): SweepMemory => ({
  ...after,
  opened: Object.fromEntries(
    Object.entries(after.opened).map(([key, { announced: _, ...entry }]) => {
      const { announced } = before?.opened[key] ?? {};
      const time = times.get(key);
      const sending = time !== undefined && { pending: true as const, sent: lastOf([...(entry.sent ?? []), time]) };
      return [key, { ...entry, ...(announced && { announced }), ...sending }];
    }),
  ),
});

/** What no run has taken over yet. */
export const untaken = (
  swept: SweepMemory | undefined,
  run: Pick<Memory, 'sweeps'> | undefined,
): Readonly<Record<string, OpenedEntry>> =>
  Object.fromEntries(Object.entries(swept?.opened ?? {}).filter(([, { revision }]) => revision > (run?.sweeps ?? 0)));

/** The memory of runs with what sweeps have seen since. */
export function takenOver(run: Memory | undefined, swept: SweepMemory | undefined): Memory | undefined {
  const entries = Object.entries(untaken(swept, run));
  if (entries.length === 0) return run;

  const { gone: _, ...before } = run ?? missingMemory(new Date(0));
  return {
    ...before,
    machines: Object.assign({}, before.machines, ...entries.map(([, { machines }]) => machines)),
    findings: {
      ...before.findings,
      ...Object.fromEntries(entries.map(([key, entry]) => [key, afterSweep(before.findings[key], entry, run)])),
    },
  };
}

export function afterSweep(
  before: RememberedFinding | undefined,
  entry: OpenedEntry,
  run: Pick<Memory, 'sweeps'> | undefined,
): RememberedFinding {
  const isAnnounced = (entry.announced ?? 0) > (run?.sweeps ?? 0) || before?.announced === 'opened';
  const announced = isAnnounced ? ({ announced: 'opened' } as const) : {};
  // A run has listed the cluster since, and its verdict counts: what was announced meanwhile is for the next run to end.
  const or = lastOf([...(before?.sent?.or ?? []), ...(entry.sent ?? [])]);
  const [at] = or;
  const sent = at === undefined ? before?.sent : { at, ...before?.sent, or };
  if (before?.listed !== undefined && before.listed > entry.listed)
    return { ...before, ...announced, ...(sent && { sent }) };

  const wasOpen = isOpenFailure(before);
  const machines = [...new Set([...(before?.swept?.machines ?? []), ...Object.keys(entry.machines)])].slice(
    0,
    mostSwept,
  );
  // What failed before the sweep is not over when only the sweep's machines are gone.
  const isSwept = machines.length > 0 && (!wasOpen || before?.swept !== undefined);
  return {
    status: wasOpen && before?.status === 'fail' ? 'fail' : entry.status,
    listed: entry.listed,
    ...(isSwept && { swept: { at: before?.swept?.at ?? entry.at, machines } }),
    ...(before?.suppressed && { suppressed: true }),
    ...(before?.hidden && { hidden: before.hidden }),
    ...(sent && { sent }),
    ...announced,
  };
}

/** A failure or a suspicion that no waiver covers. */
export const isOpenFailure = (remembered: RememberedFinding | undefined): boolean =>
  (remembered?.status === 'fail' || remembered?.status === 'warn') && remembered.waived !== true;
