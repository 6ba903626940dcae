import * as z from 'zod/mini';
import type { GapTransition } from '../../contract/events.ts';
import { unknownFields } from '../model/unknown-fields.ts';
import type { Gap } from './discovery.ts';

const text = z.string().check(z.maxLength(16_384));
const known = { accountId: text, region: text, cluster: text, nodeGroup: text, code: text, since: z.iso.datetime() };
const standingGap = z.looseObject({
  ...known,
  /** Machines in it, as they were announced last. */
  size: z.optional(z.int().check(z.nonnegative())),
});

export const standingGaps = z.looseObject({
  version: z.literal(1),
  runId: text,
  startedAt: z.iso.datetime(),
  gaps: z.array(standingGap),
});

/** The gaps of the last run. The next run compares its gaps with them to find what is new. */
export type StandingGaps = Readonly<z.infer<typeof standingGaps>>;

type StandingGap = Readonly<z.infer<typeof standingGap>>;

export interface GapChange extends Omit<GapTransition, 'version' | 'runId' | 'summary' | 'report'> {
  readonly kind: 'opened' | 'closed';
  /** Of a gap that has grown: how many machines were in it when it was announced last. */
  readonly grownFrom?: number;
  readonly size?: number;
  readonly confirmed?: true;
}

/**
 * A gap is known by account, Region, cluster, node group and code, never by a node: which nodes it is changes by the night. How many they are is its size. A gap
 * that doubles is announced once more, and one that stays is named each week. An older run that is done again after a
 * younger one changes nothing.
 */
export function compareGaps({
  runId,
  startedAt,
  gaps,
  before,
}: Pick<StandingGaps, 'runId' | 'startedAt'> & {
  readonly gaps: readonly Gap[];
  /** Absent before the first run: then every gap is news. */
  readonly before: StandingGaps | undefined;
}) {
  if (before && before.startedAt > startedAt) return { changes: [], reminders: [], standing: before };

  const known = new Map((before?.gaps ?? []).map((each) => [keyOf(each), each]));
  const now = new Map(gaps.map((gap) => [keyOf(placeOf(gap)), gap]));
  const opened = [...now].filter(([key]) => !known.has(key));
  const over = [...known].filter(([key]) => !now.has(key));
  const grown = [...now].filter(([key, gap]) => hasGrown(known.get(key), gap));
  const standing = [...now].map(([key, gap]): StandingGap => {
    const last = known.get(key);
    const size =
      last?.size === undefined || hasGrown(last, gap) ? gap.size : Math.min(last.size, gap.size ?? last.size);
    return { ...(last ?? { ...placeOf(gap), since: startedAt }), ...(size !== undefined && { size }) };
  });

  const openedChange = ([key, gap]: readonly [string, Gap]): GapChange => {
    const { message, remedy } = gap.problem;
    const last = known.get(key);
    const from = hasGrown(last, gap) ? last?.size : undefined;
    return {
      kind: 'opened',
      ...placeOf(gap),
      ...(gap.size !== undefined && { size: gap.size }),
      ...(gap.confirmed && { confirmed: gap.confirmed }),
      ...(from !== undefined && { grownFrom: from }),
      since: last?.since ?? startedAt,
      because: from === undefined ? message : `it grew from ${from} to ${gap.size} machines: ${message}`,
      remedy,
    };
  };
  const isDue = ({ since }: StandingGap) =>
    before && weeksSince(since, startedAt) > weeksSince(since, before.startedAt);
  const due = new Set([...known].flatMap(([key, each]) => (isDue(each) ? [key] : [])));

  return {
    // What was not looked at for one more week, as it would open now.
    reminders: [...now].filter(([key]) => due.has(key)).map(openedChange),
    changes: [
      ...[...opened, ...grown].map(openedChange),
      ...over.map(([, each]): GapChange => ({ kind: 'closed', ...named.parse(each), ...isOver })),
    ],
    standing: { ...unknownFields(standingGaps, before), version: 1 as const, runId, startedAt, gaps: standing },
  };
}

/** It has doubled since it was announced. The size that a release before left out is taken as it is. */
const hasGrown = (before: StandingGap | undefined, { size = 0 }: Gap): boolean =>
  before?.size !== undefined && size >= 2 * Math.max(before.size, 1);

const weeksSince = (since: string, time: string): number =>
  Math.floor((Date.parse(time) - Date.parse(since)) / (7 * 24 * 60 * 60 * 1000));

const isOver = { because: 'this run looked at it, or settings exclude it', remedy: 'nothing' };

/** What is announced of a gap: not what a newer release keeps with it. */
const named = z.object(known);

const placeOf = ({ accountId = '', region = '', cluster = '', nodeGroup = '', problem }: Gap) => ({
  accountId,
  region,
  cluster,
  nodeGroup,
  code: problem.code,
});

const keyOf = ({ accountId, region, cluster, nodeGroup, code }: Omit<StandingGap, 'since'>): string =>
  JSON.stringify([accountId, region, cluster, nodeGroup, code]);
