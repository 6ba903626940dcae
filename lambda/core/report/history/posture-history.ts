import { alikeBy } from '../../model/alike-by.ts';
import { byText } from '../../model/text/words.ts';
import type { OpenGroup } from '../../run/answer.ts';
import type { CensusHistory, SweptFailure } from './census-history.ts';
import { type HistoryLine, lineName } from './history-line.ts';

/** One run of the history, with its clusters. */
export interface HistoryRun {
  readonly run: string;
  readonly startedAt: string;
  readonly clusters: ReadonlyMap<string, HistoryLine>;
  /** The last sweep until it was summed up, where there are sweeps. */
  readonly sweptAt?: string;
}

/** The runs that these lines are of, in the order of their time. */
export const runsOf = (lines: readonly HistoryLine[]): readonly HistoryRun[] =>
  [...alikeBy(lines, ({ run }) => run)]
    .map(([run, all]) => {
      const { sweptAt } = all.find((line) => line.sweptAt !== undefined) ?? {};
      const clusters = new Map(all.map((line) => [lineName(line), line]));
      return { run, startedAt: all[0].startedAt, clusters, ...(sweptAt !== undefined && { sweptAt }) };
    })
    .toSorted(byText(({ startedAt, run }) => `${startedAt} ${run}`));

/** A failure of one node group under one control, from the run that saw it first to the one that saw it fixed. */
export interface Episode {
  readonly cluster: string;
  readonly control: string;
  readonly group: string;
  readonly openedAt: string;
  /** Absent while it is open; not known to be fixed, where its cluster was not read again. */
  readonly fixedAt?: string;
  /** The run that found its node group or its cluster gone: nobody fixed it. */
  readonly goneAt?: string;
}

const keyOf = ({ control, group }: Pick<OpenGroup, 'control' | 'group'>): string => `${control}\n${group}`;

interface Named {
  readonly failing: ReadonlyMap<string, OpenGroup>;
  /** Failing or not. */
  readonly keys: ReadonlySet<string>;
}

const nothing: Named = { failing: new Map(), keys: new Set() };
/** By the list itself: lines that say the same share it, and a year asks the same of it hundreds of times. */
const namedIn = new WeakMap<readonly OpenGroup[], Named>();

function namedBy(line: HistoryLine): Named {
  if (line.open.length === 0) return nothing;

  const known = namedIn.get(line.open);
  if (known) return known;
  const failing = new Map(line.open.filter(({ standing }) => standing === 'fail').map((each) => [keyOf(each), each]));
  const named = { failing, keys: new Set(line.open.map(keyOf)) };
  namedIn.set(line.open, named);
  return named;
}

const failing = (line: HistoryLine): Named['failing'] => namedBy(line).failing;

/** Whether what this line does not name as open is proved not to be: everything was listed, and all of it is named. */
const provesAbsence = ({ status, complete, moreOpen }: HistoryLine): boolean =>
  status === 'done' && complete && moreOpen === 0;

/** Whether a failure that this line does not name ended with its node group or its cluster. Lines of earlier releases name no groups. */
const isGone = (line: HistoryLine, group: string): boolean =>
  line.status === 'gone' || (line.groups !== undefined && !line.groups.includes(group));

/**
 * Failures with their beginning and end. A failure is fixed only in a run that read its cluster and names it neither as failing nor as unread or
 * warn. It is gone if its node group or its cluster is. A waived failure stays open, since it still fails.
 */
export function episodesOf(runs: readonly HistoryRun[]): readonly Episode[] {
  const ended: Episode[] = [];
  /** By cluster, then by control and node group. */
  const open = new Map<string, Map<string, Episode>>();

  for (const { startedAt, clusters } of runs) {
    for (const [cluster, line] of clusters) {
      const named = namedBy(line);
      const ofCluster = open.get(cluster) ?? new Map<string, Episode>();
      if (named.failing.size > 0) open.set(cluster, ofCluster);
      for (const [key, { control, group }] of named.failing)
        if (!ofCluster.has(key)) ofCluster.set(key, { cluster, control, group, openedAt: startedAt });
      if (!provesAbsence(line) && line.status !== 'gone') continue;
      for (const [key, episode] of ofCluster) {
        if (named.keys.has(key)) continue;
        ofCluster.delete(key);
        ended.push({ ...episode, [isGone(line, episode.group) ? 'goneAt' : 'fixedAt']: startedAt });
      }
    }
  }
  return [...ended, ...[...open.values()].flatMap((each) => [...each.values()])].toSorted(
    byText(({ openedAt, cluster, control, group }) => `${openedAt} ${cluster} ${control} ${group}`),
  );
}

export type Change = Pick<Episode, 'cluster' | 'control' | 'group'>;

/** The changes between two runs. */
export type Comparison = ReturnType<typeof compareRuns>;

export function compareRuns(before: HistoryRun, after: HistoryRun, failures: readonly SweptFailure[] = []) {
  const stands = ({ clusters }: HistoryRun, each: Episode) =>
    clusters.get(each.cluster)?.open.find((one) => keyOf(one) === keyOf(each))?.standing;
  const kindOf = (each: Episode) => {
    if (stands(before, each) !== 'fail') return 'opened';
    if (each.goneAt ?? each.fixedAt) return each.goneAt ? 'gone' : 'fixed';
    return ['fail', 'waived'].includes(stands(after, each) ?? '') ? 'same' : 'notSeenAgain';
  };
  const changes = Map.groupBy(episodesOf([before, after]), kindOf);
  const of = (kind: ReturnType<typeof kindOf>): readonly Change[] =>
    (changes.get(kind) ?? []).map(({ cluster, control, group }) => ({ cluster, control, group }));
  const [gone, swept] = [of('gone'), sweptBetween(failures, before.startedAt, after.startedAt)];

  return {
    before: before.run,
    after: after.run,
    opened: of('opened'),
    fixed: of('fixed'),
    // The later run did not read them: neither fixed nor failing is proved.
    notSeenAgain: of('notSeenAgain'),
    // Their node group or cluster is gone.
    ...(gone.length > 0 && { gone }),
    ...(swept.length > 0 && { swept }),
  };
}

/** Machines of a node group that sweeps saw failing between two runs; `gone` are those that ended before the later one, not fixed. */
export type SweptChange = ReturnType<typeof sweptBetween>[number];

function sweptBetween(failures: readonly SweptFailure[], from: string, to: string) {
  const between = failures.filter(({ at }) => at > from && at <= to);
  return [...alikeBy(between, ({ cluster, group }) => `${cluster}\n${group}`).values()]
    .map((alike) => ({
      cluster: alike[0].cluster,
      group: alike[0].group,
      machines: alike.length,
      gone: alike.filter(({ endedAt }) => endedAt !== undefined && endedAt <= to).length,
    }))
    .toSorted(byText(({ cluster, group }) => `${cluster} ${group}`));
}

/** What each two neighbours come to. */
const between = <T, Of>(all: readonly T[], of: (one: T, next: T) => Of): readonly Of[] =>
  all.flatMap((one, index) => {
    const next = all[index + 1];
    return next === undefined ? [] : [of(one, next)];
  });

const day = 86_400_000;
const daysBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / day;

/** How the control of auditing itself worked over a period. */
export type PostureHistory = ReturnType<typeof postureHistory>;

/** Every run, and every cluster that any of them knew. */
export function postureHistory(runs: readonly HistoryRun[], census?: CensusHistory) {
  const [from, to] = [runs[0]?.startedAt ?? '', runs.at(-1)?.startedAt ?? ''];
  const episodes = episodesOf(runs);
  const byCluster = Map.groupBy(episodes, ({ cluster }) => cluster);
  const names = [...new Set(runs.flatMap(({ clusters }) => [...clusters.keys()]))].toSorted();

  return {
    from,
    to,
    runs: runs.map(({ run, startedAt, clusters }) => {
      const lines = [...clusters.values()];
      const nodes = lines.reduce((sum, each) => sum + each.nodes, 0);
      return {
        run,
        startedAt,
        clusters: lines.filter(({ status }) => status !== 'gone').length,
        incomplete: lines.filter((line) => !isRead(line) && line.status !== 'gone').length,
        // Of the run as a whole.
        gaps: lines[0]?.runGaps ?? 0,
        failures: failuresOf(lines),
        nodes,
        read: nodes - lines.reduce((sum, each) => sum + each.unreadable, 0),
      };
    }),
    // Those that a regular schedule would have had, and that are not there.
    missedRuns: missed(runs.map(({ startedAt }) => Date.parse(startedAt))),
    clusters: names.map((cluster) =>
      clusterHistory(cluster, runs, { episodes: byCluster.get(cluster) ?? [], end: to }),
    ),
    episodes,
    ...(census && { census }),
  };
}

/** Failing node groups × controls. */
export const failuresOf = (lines: Iterable<HistoryLine>): number =>
  [...lines].reduce((sum, line) => sum + failing(line).size, 0);

const isRead = (line: HistoryLine): boolean => line.status === 'done' && line.complete && line.unreadable === 0;

/** One cluster over the period. */
export type ClusterHistory = ReturnType<typeof clusterHistory>;

function clusterHistory(
  cluster: string,
  runs: readonly HistoryRun[],
  { episodes, end }: { readonly episodes: readonly Episode[]; readonly end: string },
) {
  const lines = runs.map(({ startedAt, clusters }) => ({ startedAt, line: clusters.get(cluster) }));
  const known = lines.flatMap(({ startedAt, line }) => (line ? [{ startedAt, line }] : []));
  const complete = known.filter(({ line }) => isRead(line)).map(({ startedAt }) => startedAt);
  const fixed = episodes.flatMap(({ openedAt, fixedAt }) =>
    fixedAt === undefined ? [] : [daysBetween(openedAt, fixedAt)],
  );
  const open = episodes.filter(({ fixedAt, goneAt }) => fixedAt === undefined && goneAt === undefined);
  const gone = episodes.filter(({ goneAt }) => goneAt !== undefined).length;
  // From the run that knew it first to the run that saw it leave, or to the last of the period. A node that is not listed any more was not read.
  const begin = known.slice(0, 1).map(({ startedAt }) => startedAt);
  const left = known.slice(-1).flatMap(({ startedAt, line }) => (line.status === 'gone' ? [startedAt] : []));
  const times = [...begin, ...complete, ...left, ...(left.length > 0 ? [] : [end])];

  return {
    cluster,
    // Failing node groups × controls in each run; `undefined` where it was not read.
    failures: lines.map(({ line }) => (line?.status === 'done' ? failing(line).size : undefined)),
    openNow: open.length,
    longestOpenDays: Math.max(0, ...open.map(({ openedAt }) => daysBetween(openedAt, end))),
    fixed: fixed.length,
    ...(gone > 0 && { gone }),
    // The run that found the cluster gone, if no later one found it again.
    ...(left[0] !== undefined && { goneAt: left[0] }),
    ...(fixed.length > 0 && { meanDaysToFix: fixed.reduce((sum, each) => sum + each, 0) / fixed.length }),
    completeDays: new Set(complete.map((time) => time.slice(0, 10))).size,
    // Without a complete reading, to the end of the period.
    longestGapDays: Math.max(...between(times, daysBetween)),
    nodes: known.map(({ line }) => ({ existed: line.nodes, read: line.nodes - line.unreadable })),
  };
}

function missed(times: readonly number[]): number {
  const usual = usualGap(times);
  if (usual <= 0) return 0;
  const gaps = between(times, (one, next) => next - one);
  return gaps.reduce((sum, gap) => sum + (gap > longGap(times) ? Math.round(gap / usual) - 1 : 0), 0);
}

function usualGap(times: readonly number[]): number {
  const gaps = between(times, (one, next) => next - one);
  return gaps.toSorted((one, other) => one - other)[Math.floor(gaps.length / 2)] ?? 0;
}

/** A longer time between two runs means that runs are missing. */
export const longGap = (times: readonly number[]): number => usualGap(times) * 1.5;
