import { howMany } from '../model/text/words.ts';
import type { Change, ClusterHistory, Comparison, PostureHistory, SweptChange } from './history/posture-history.ts';

/** What runs alone can't say, and every page of a history without a census must. */
const notSeen = 'Nodes that lived only between two runs were not seen by any.';

/** `3.5 days` */
export const days = (number: number): string => howMany(Math.round(number * 10) / 10, 'day');

/** How the auditing itself worked: runs held, missed and incomplete, and the machines that they read. */
export function effectiveness({ runs, missedRuns }: PostureHistory): string {
  const incomplete = runs.filter((each) => each.incomplete + each.gaps > 0).length;
  const last = runs.at(-1);
  const worst = runs.toSorted((one, other) => other.nodes - other.read - (one.nodes - one.read))[0];
  const machines = last
    ? ` Of ${howMany(last.nodes, 'machine')} that existed at the last run ${last.read} were read`
    : '';
  const most =
    worst && worst.read < worst.nodes
      ? `; at the run of ${worst.startedAt.slice(0, 10)}, which read the fewest, ${worst.read} of ${worst.nodes}`
      : '';
  return `${howMany(runs.length, 'run')} held, ${missedRuns} missed, ${incomplete} incomplete.${machines}${machines && `${most}.`}`;
}

const were = (count: number): string => (count === 1 ? 'was' : 'were');
const countWere = (count: number): string => `${count} ${were(count)}`;

/** What is said of a number, where it is not zero. */
const some = (count: number, words: string): readonly string[] => (count > 0 ? [words] : []);

/** Every machine since the first run that sweeps follow: those that this run saw, and those that sweeps saw begin. Where sweeps paused, it says so. */
export function population({ runs, census }: Pick<PostureHistory, 'runs' | 'census'>): string {
  if (!census) return notSeen;
  const known = runs.filter(({ startedAt }) => startedAt <= census.from);
  const first = known.at(-1) ?? runs[0] ?? { nodes: 0, read: 0, startedAt: census.from };
  const { launched, judged, notJudged, unreadable, everyMinutes, from, to, gaps, moreGaps, refused } = census;
  const { short, ended, waiting, contested } = notJudged;
  const joined = launched - notJudged['never-joined'];
  const reasons = [
    ...some(short, `at least ${short} lived less than ${everyMinutes} minutes`),
    ...some(ended, `${ended} ended before a sweep could read ${ended === 1 ? 'it' : 'them'}`),
    ...some(notJudged['too-young'], `${countWere(notJudged['too-young'])} too young when looked at`),
    ...some(
      notJudged.unreadable,
      `${notJudged.unreadable} could not be read${named(unreadable, notJudged.unreadable)}`,
    ),
    ...some(contested, `${contested} had the tags of several clusters`),
    ...some(waiting, `${countWere(waiting)} still to be read`),
    ...some(first.nodes - first.read, `${countWere(first.nodes - first.read)} not read by the run of that time`),
  ];
  const notJoined = notJudged['never-joined'];
  return [
    `Of ${howMany(first.nodes + joined, 'machine')} that lived since ${first.startedAt}, ${countWere(first.read + judged)} judged${reasons.length > 0 ? `; ${reasons.join(', ')}` : ''}.`,
    ...some(notJoined, `${howMany(notJoined, 'more machine')} with a cluster’s tags never joined one.`),
    `Sweeps looked every ${everyMinutes} minutes from ${from} to ${to}; Fargate and hybrid nodes that live between two runs are outside of this census.`,
    ...gaps
      .slice(0, 3)
      .map(
        (gap) =>
          `No sweep looked${gap.where ? ` at ${gap.where}` : ''} from ${gap.from} to ${gap.to} (${gap.because}).`,
      ),
    ...some(gaps.length + moreGaps - 3, `${howMany(gaps.length + moreGaps - 3, 'more gap')} of the census.`),
    ...some(
      refused,
      `${howMany(refused, 'line')} of the census ${were(refused)} not what a sweep writes, and left out.`,
    ),
  ].join(' ');
}

const named = (names: readonly string[], count: number): string =>
  ` (${names.join(', ')}${count > names.length ? ` and ${count - names.length} more` : ''})`;

/** `2 failures began, 1 was fixed.`, and what only sweeps saw in between. */
export function changeWords({
  opened,
  fixed,
  gone: left = [],
  notSeenAgain,
  swept = [],
}: Pick<Comparison, 'opened' | 'fixed' | 'gone' | 'notSeenAgain' | 'swept'>): string {
  const machines = swept.reduce((sum, each) => sum + each.machines, 0);
  const gone = swept.reduce((sum, each) => sum + each.gone, 0);
  const isQuiet = opened.length + fixed.length + left.length + notSeenAgain.length === 0;
  const quiet =
    machines > 0 ? 'The runs saw no failure begin, and none fixed.' : 'No failure began, and none was fixed.';
  return [
    isQuiet ? quiet : `${howMany(opened.length, 'failure')} began, ${countWere(fixed.length)} fixed.`,
    ...some(left.length, `${countWere(left.length)} not fixed: the node group or the cluster is gone.`),
    ...some(
      notSeenAgain.length,
      `${notSeenAgain.length} that failed before ${were(notSeenAgain.length)} not read again.`,
    ),
    ...some(
      machines,
      `Between the runs, sweeps saw ${howMany(machines, 'machine')} fail; ${gone} of them ${gone === 1 ? 'is' : 'are'} gone, not fixed.`,
    ),
  ].join(' ');
}

/** What changed, kind by kind in the order of every report; what only sweeps saw has its machines where others have their control. */
export function changeGroups({ opened, fixed, gone = [], notSeenAgain, swept = [] }: Comparison) {
  const of = (title: string, standing: 'fail' | 'pass' | 'unknown', changes: readonly Change[]) => ({
    title,
    standing,
    count: String(changes.length),
    changes: changes.map(({ cluster, group, control }) => ({ cluster, group, what: control })),
  });
  const machines = (each: SweptChange) => `${howMany(each.machines, 'machine')}, ${each.gone} of them gone, not fixed`;
  const all = swept.reduce((sum, each) => sum + each.machines, 0);
  const bySweeps = swept.map((each) => ({ ...each, control: machines(each) }));
  return [
    of('Opened', 'fail', opened),
    of('Fixed', 'pass', fixed),
    of('Gone, not fixed', 'unknown', gone),
    of('Failed before, and not read again', 'unknown', notSeenAgain),
    { ...of('Failed between the runs, seen by sweeps', 'fail', bySweeps), count: howMany(all, 'machine') },
  ];
}

/** `111122223333/eu-west-1/blue, node group workers (managed): kubelet-client-ca-file` */
export const changeText = ({ cluster, group, what }: ReturnType<typeof changeGroups>[number]['changes'][number]) =>
  `${cluster}, node group ${group}: ${what}`;

interface HistoryColumn {
  readonly name: string;
  readonly of: (each: ClusterHistory) => string;
}

/** What a table says of each cluster; the column of what is gone only where something is. */
export const historyColumns = (clusters: readonly ClusterHistory[]): readonly HistoryColumn[] => [
  { name: 'open', of: ({ openNow }) => String(openNow) },
  { name: 'longest open', of: ({ openNow, longestOpenDays }) => (openNow > 0 ? days(longestOpenDays) : '') },
  { name: 'fixed', of: ({ fixed }) => String(fixed) },
  ...(clusters.some(({ gone }) => gone)
    ? [{ name: 'gone, not fixed', of: ({ gone }: ClusterHistory) => String(gone ?? '') }]
    : []),
  { name: 'mean to fix', of: ({ meanDaysToFix: mean }) => (mean === undefined ? '' : days(mean)) },
  { name: 'complete days', of: ({ completeDays }) => String(completeDays) },
  { name: 'longest gap', of: ({ longestGapDays }) => days(longestGapDays) },
  { name: 'nodes read', of: nodesRead },
];

/** `3 of 4` of the last run, or `gone 2026-11-24`. */
export function nodesRead({ goneAt, nodes }: ClusterHistory): string {
  const last = nodes.at(-1);
  return goneAt ? `gone ${goneAt.slice(0, 10)}` : last ? `${last.read} of ${last.existed}` : '';
}
