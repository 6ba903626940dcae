import * as z from 'zod/mini';
import { productName } from '../../../contract/names.ts';
import { nodeGroupKinds } from '../../model/model.ts';
import { unknownFields } from '../../model/unknown-fields.ts';

export const isoTime = z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/));

/** So many machines of one finding that a sweep opened are remembered. */
export const mostSwept = 31;

const instanceId = z.string().check(z.regex(/^i-[0-9a-f]{8,17}$/));

/** Machines by their EC2 instance id, with their node groups. */
export const machineGroups = z.record(
  instanceId,
  z.strictObject({ kind: z.enum(nodeGroupKinds), name: z.string().check(z.maxLength(512)) }),
);

/** How the owner of an account can hide a failure in Security Hub. */
export const hidings = ['suppressed', 'resolved', 'false positive', 'lower severity'] as const;
export type Hiding = (typeof hidings)[number];

/** Times of so many sweeps that sent one finding are remembered, the last ones. */
export const mostSent = 8;

const sent = z.looseObject({
  /** The finding's UpdatedAt: what somebody else imports has a later one. */
  at: isoTime,
  /** UpdatedAt of what sweeps were about to send since: any of it is there, or none. */
  or: z.optional(z.array(isoTime).check(z.maxLength(mostSent))),
  /** Of what was sent. */
  hash: z.optional(z.string().check(z.maxLength(32))),
  createdAt: z.optional(isoTime),
  verdict: z.optional(z.string().check(z.maxLength(32))),
  /** When that verdict began. */
  since: z.optional(isoTime),
});
export type SentFinding = Readonly<z.infer<typeof sent>>;

const remembered = z.looseObject({
  /** The last verdict that was read. Absent when none ever was. */
  status: z.optional(z.enum(['pass', 'fail', 'warn'])),
  /** When the nodes behind that verdict were listed. What was listed before changes nothing of it. */
  listed: z.optional(isoTime),
  /** A sweep saw that failure, between two runs. */
  swept: z.optional(
    z.looseObject({
      at: isoTime,
      /** The first machines that failed then. */
      machines: z.array(instanceId).check(z.minLength(1), z.maxLength(mostSwept)),
    }),
  ),
  /** A waiver covered that failure or suspicion. */
  waived: z.optional(z.literal(true)),
  /** Runs in a row that could not read it, the last one included. */
  unreadable: z.optional(z.looseObject({ since: isoTime, runs: z.int().check(z.minimum(1), z.maximum(1_000_000)) })),
  /** It was failing and suppressed in the account, which was announced. */
  suppressed: z.optional(z.literal(true)),
  /** The same for all ways by which the account hides a failure. */
  hidden: z.optional(z.array(z.enum(hidings))),
  /** What this program sent last, as far as Security Hub took it. */
  sent: z.optional(sent),
  /** Fields that somebody else had changed, which is not announced yet. */
  overwritten: z.optional(z.array(z.string().check(z.maxLength(64)))),
  /** What was announced last and is not over: a failure, or that it can't be read any more. */
  announced: z.optional(z.enum(['opened', 'unreadable'])),
});

/** Of a node. Kubernetes allows 253 characters. */
export const longestKey = 512;

const schema = z.looseObject({
  version: z.literal(2),
  runId: z.string().check(z.minLength(1), z.maxLength(200)),
  startedAt: isoTime,
  /** The run that noted `sent`. A release that doesn't know it leaves another run's here, and then `sent` counts for nothing. */
  sentIn: z.optional(z.string().check(z.maxLength(200))),
  /** UpdatedAt of what a run is about to publish, or was when it died. */
  publishing: z.optional(isoTime),
  /** The version of the benchmark whose numbers the cluster was shown with. */
  benchmark: z.optional(z.string().check(z.maxLength(40))),
  /** The cluster was gone from a complete list of its account's Region. */
  gone: z.optional(z.literal(true)),
  /** Machines that failed or were suspected to when they were read last, by their EC2 instance id, with their node groups. */
  machines: z.optional(machineGroups),
  /** Keys of hybrid nodes that failed or were suspected to when they were read last: no other service says when such a machine is gone. */
  hybrid: z.optional(z.array(z.string().check(z.maxLength(longestKey)))),
  /** The revision of the sweeps' memory up to which this one has taken it over. */
  sweeps: z.optional(z.int().check(z.minimum(0))),
  /** Keys of nodes for which there was no time, those that have waited longest first. */
  unreached: z.optional(z.array(z.string().check(z.maxLength(longestKey)))),
  /** By what the finding covers: its Id without product and cluster, `CONTROL/node-group/managed/workers`. */
  findings: z.record(z.string().check(z.maxLength(512)), remembered),
});

/**
 * What a run leaves for the next one about a cluster: of each finding the last verdict that was read, and what was announced. It is in the hub's
 * bucket, where no principal of an audited account can write. What Security Hub holds is compared with it, and never trusted instead.
 */
export type Memory = Readonly<z.infer<typeof schema>>;
export type RememberedFinding = Readonly<z.infer<typeof remembered>>;

/** Reads the stored text. Anything that this program did not write counts as no memory, and then every open failure is announced once more. */
export function parseMemory(value: unknown): Memory | undefined {
  const parsed = schema.safeParse(value);
  return parsed.success && !Number.isNaN(Date.parse(parsed.data.startedAt)) ? parsed.data : undefined;
}

/** What is written in place of `before`, with what a newer release wrote into it: a field of the memory or of a finding that this one ignores. */
export const writtenBack = (before: Memory | undefined, after: Memory): Memory => ({
  ...unknownFields(schema, before),
  ...after,
  findings: Object.fromEntries(
    Object.entries(after.findings).map(([key, each]) => [
      key,
      { ...unknownFields(remembered, before?.findings[key]), ...each },
    ]),
  ),
});

/** A run's one time. One that is done again after younger ones comes a moment after them. */
export function timeAfter(startedAt: Date, remembered: readonly string[]): Date {
  const last = Math.max(...remembered.map((each) => Date.parse(each)));
  return last > startedAt.getTime() ? new Date(last + 1) : startedAt;
}

const noRun = 'none';

/** Used when there is no memory: at the first run, or because it was lost. */
export const missingMemory = (now: Date): Memory => ({
  version: 2,
  runId: noRun,
  startedAt: now.toISOString(),
  findings: {},
});

export const isMissing = ({ runId }: Memory): boolean => runId === noRun;

/** @param arn of the cluster whose memory it is */
export const keyOfFinding = (id: string, arn: string): string =>
  id.slice(`${productName}/`.length).replace(`${arn}/`, '');

export function idOfKey(key: string, arn: string): string {
  const slash = key.indexOf('/');
  return `${productName}/${key.slice(0, slash)}/${arn}${key.slice(slash)}`;
}

/** What this program sent last of a finding; `undefined` where that is not known. */
export const sentBefore = (memory: Memory | undefined, key: string): SentFinding | undefined =>
  memory?.sentIn === memory?.runId ? memory?.findings[key]?.sent : undefined;

/** The same, with nothing that is announced and not over, and without the hybrid nodes that hold a failure open. What is archived then is not noted. */
export const withoutAnnouncements = ({ hybrid: _, sentIn: __, ...memory }: Memory): Memory => ({
  ...memory,
  findings: Object.fromEntries(
    Object.entries(memory.findings).map(([key, { announced: ___, ...each }]) => [key, each]),
  ),
});

/**
 * What is remembered when what a run saw could not be announced. Readings count, and announcements stay as they were, so that the next run makes
 * them. `undefined` when there is nothing new to remember.
 */
export function unannounced(before: Memory | undefined, after: Memory): Memory | undefined {
  if (after.gone) return undefined;

  const announcedBefore = Object.entries(before?.findings ?? {}).filter(([, { announced }]) => announced);
  const read = Object.entries(after.findings).map(([key, { announced: _, suppressed: __, hidden: ___, ...each }]) => {
    const { announced, suppressed, hidden } = before?.findings[key] ?? {};
    const told = { ...(announced && { announced }), ...(suppressed && { suppressed }), ...(hidden && { hidden }) };
    return [key, { ...each, ...told }] as const;
  });
  return { ...after, findings: Object.fromEntries([...announcedBefore, ...read]) };
}

/** What is remembered when everything was announced. */
export const announced = (memory: Memory): Memory => ({
  ...memory,
  findings: Object.fromEntries(
    Object.entries(memory.findings).map(([key, { overwritten: _, ...each }]) => [key, each]),
  ),
});

/** Whether a finding or a machine fails, or is suspected to, that did not before. */
export function hasNewFailure(before: Memory | undefined, after: Memory): boolean {
  const isFailing = (finding?: RememberedFinding) => finding?.status === 'fail' || finding?.status === 'warn';
  return (
    Object.entries(after.findings).some(([key, each]) => isFailing(each) && !isFailing(before?.findings[key])) ||
    Object.keys(after.machines ?? {}).some((id) => before?.machines?.[id] === undefined) ||
    (after.hybrid ?? []).some((key) => before?.hybrid?.includes(key) !== true)
  );
}

/** `2026-11-28 14:15 UTC`, of an ISO time. */
export const minuteOf = (time: string): string => `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;
