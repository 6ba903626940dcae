import * as z from 'zod/mini';
import type { GapTransition } from '../../contract/events.ts';
import { unknownFields } from '../model/unknown-fields.ts';
import type { Gap } from './discovery.ts';

const text = z.string().check(z.maxLength(16_384));
const known = { accountId: text, region: text, cluster: text, nodeGroup: text, code: text, since: z.iso.datetime() };
const standingGap = z.looseObject(known);

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
}

/**
 * A gap is known by account, Region, cluster, node group and code, never by a node: which nodes it is changes by the night. An older run that is done again after a
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
  const standing = [...now].map(([key, gap]) => known.get(key) ?? { ...placeOf(gap), since: startedAt });

  const openedChange = ([key, gap]: readonly [string, Gap]): GapChange => {
    const { message, remedy } = gap.problem;
    return { kind: 'opened', ...placeOf(gap), since: known.get(key)?.since ?? startedAt, because: message, remedy };
  };
  const isDue = ({ nodeGroup, since }: StandingGap) =>
    nodeGroup === '' && before && weeksSince(since, startedAt) > weeksSince(since, before.startedAt);
  const due = new Set([...known].flatMap(([key, each]) => (isDue(each) ? [key] : [])));

  return {
    // What was not looked at for one more week, as it would open now.
    reminders: [...now].filter(([key]) => due.has(key)).map(openedChange),
    changes: [
      ...opened.map(openedChange),
      ...over.map(([, each]): GapChange => ({ kind: 'closed', ...named.parse(each), ...isOver })),
    ],
    standing: { ...unknownFields(standingGaps, before), version: 1 as const, runId, startedAt, gaps: standing },
  };
}

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
