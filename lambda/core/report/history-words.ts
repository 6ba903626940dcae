import { howMany } from '../model/text/how-many.ts';
import type { Comparison, PostureHistory } from './history/posture-history.ts';

/** What no history can say, and every page of it must. */
export const notSeen = 'Nodes that lived only between two runs were not seen by any.';

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

/** `2 failures began, 1 was fixed.` */
export function changeWords({
  opened,
  fixed,
  notSeenAgain,
}: Pick<Comparison, 'opened' | 'fixed' | 'notSeenAgain'>): string {
  const were = (count: number) => (count === 1 ? 'was' : 'were');
  if (opened.length + fixed.length + notSeenAgain.length === 0) return 'No failure began, and none was fixed.';
  return [
    `${howMany(opened.length, 'failure')} began, ${fixed.length} ${were(fixed.length)} fixed.`,
    ...(notSeenAgain.length > 0
      ? [`${notSeenAgain.length} that failed before ${were(notSeenAgain.length)} not read again.`]
      : []),
  ].join(' ');
}
