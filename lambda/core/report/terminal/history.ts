import { UsageError } from '../../model/operator-error.ts';
import { howMany } from '../../model/text/how-many.ts';
import { plainJson } from '../../model/text/plain-json.ts';
import { hanging } from '../../model/text/wrap.ts';
import type { CensusHistory } from '../history/census-history.ts';
import {
  type Change,
  type ClusterHistory,
  type Comparison,
  compareRuns,
  type HistoryRun,
  type PostureHistory,
  postureHistory,
} from '../history/posture-history.ts';
import { days, effectiveness, population, sweptWords } from '../history-words.ts';
import { plain } from '../problem-lines.ts';
import type { TableStyle } from './table-style.ts';

const bars = '▁▂▃▄▅▆▇█';

/** One character a run, as high as it has failures beside the most of any; `·` where it was not read. */
export function sparkline(failures: readonly (number | undefined)[]): string {
  const most = Math.max(1, ...failures.map((each) => each ?? 0));
  return failures
    .map((each) => (each === undefined ? '·' : bars.charAt(Math.ceil((each / most) * (bars.length - 1)))))
    .join('');
}

/** Runs that a sparkline shows in a table: the last. */
const mostRuns = 40;

/** Posture over time for a terminal: runs and coverage first, then a row a cluster, or where that is too wide a sentence. */
export function historyTable(
  history: PostureHistory,
  { draw, bold, width }: Pick<TableStyle, 'draw' | 'bold' | 'width'>,
): string {
  const { runs, clusters, from, to } = history;
  if (runs.length === 0) return 'no run is there\n';

  return [
    bold(`${howMany(runs.length, 'run')} from ${from} to ${to}`),
    hanging('  ', `${effectiveness(history)} ${population(history)}`, width),
    '',
    width < tableWidth ? clusters.map((each) => sentenceOf(each, width)).join('\n') : tableOf(clusters, draw),
    '',
  ].join('\n');
}

/** Without the column of what is gone, where nothing is. */
function tableOf(clusters: readonly ClusterHistory[], draw: TableStyle['draw']): string {
  const isShown = clusters.some(({ gone }) => gone);
  const [first = [], ...rows] = [head, ...clusters.map(rowOf)].map((row) => (isShown ? row : row.toSpliced(5, 1)));
  return draw(first, rows);
}

const head = [
  'CLUSTER',
  'FAILURES, RUN BY RUN',
  'OPEN',
  'LONGEST OPEN',
  'FIXED',
  'GONE',
  'MEAN TO FIX',
  'COMPLETE DAYS',
  'LONGEST GAP',
  'NODES READ',
];

/** From this width on there is room for most names. */
const tableWidth = 160;

function sentenceOf(each: ClusterHistory, width: number): string {
  const [cluster = '', failures, open, longestOpen, fixed, , mean, completeDays, longestGap, read] = rowOf(each);
  const parts = [
    `${open} open${longestOpen ? `, the longest for ${longestOpen}` : ''}`,
    `${fixed} fixed${mean ? `, after ${mean} on average` : ''}`,
    ...(each.gone ? [`${each.gone} gone, not fixed`] : []),
    `complete on ${completeDays} ${completeDays === '1' ? 'day' : 'days'}, longest gap ${longestGap}`,
    ...(each.goneAt ? [`the cluster is ${read}`] : read ? [`${read} nodes read`] : []),
  ];
  return ` ${cluster}  ${failures}\n${hanging('   ', parts.join('; '), width)}`;
}

const rowOf = (each: ClusterHistory): readonly string[] => {
  const last = each.nodes.at(-1);
  return [
    plain(each.cluster),
    sparkline(each.failures.slice(-mostRuns)),
    String(each.openNow),
    each.openNow > 0 ? days(each.longestOpenDays) : '',
    String(each.fixed),
    each.gone ? String(each.gone) : '',
    each.meanDaysToFix === undefined ? '' : days(each.meanDaysToFix),
    String(each.completeDays),
    days(each.longestGapDays),
    each.goneAt ? `gone ${each.goneAt.slice(0, 10)}` : last ? `${last.read} of ${last.existed}` : '',
  ];
};

/** The changes between two runs, named by their ids. */
export function comparisonOf(
  runs: readonly HistoryRun[],
  [before, after]: readonly [string, string],
  census?: CensusHistory,
): Comparison {
  const named = (id: string): HistoryRun => {
    const found = runs.find(({ run }) => run === id);
    if (found) return found;
    throw new UsageError(
      `there is no run '${id}' in this history; the last ones are ${
        runs
          .slice(-5)
          .map(({ run }) => run)
          .join(', ') || 'none'
      }`,
    );
  };
  return compareRuns(named(before), named(after), census?.failures);
}

export function comparisonText(
  { before, after, opened, fixed, gone = [], notSeenAgain, swept = [] }: Comparison,
  { width }: Pick<TableStyle, 'width'>,
): string {
  const part = (title: string, changes: readonly Change[]) => [
    `${title}: ${changes.length}`,
    ...changes.map(({ cluster, control, group }) =>
      hanging('  ', plain(`${cluster}, node group ${group}: ${control}`), width),
    ),
  ];
  return `${[
    `From run ${before} to run ${after}`,
    ...part('Opened', opened),
    ...part('Fixed', fixed),
    ...(gone.length > 0 ? part('Gone, not fixed', gone) : []),
    ...(notSeenAgain.length > 0 ? part('Failed before, and not read again', notSeenAgain) : []),
    ...(swept.length > 0
      ? [
          `Failed between the runs, seen by sweeps: ${howMany(
            swept.reduce((sum, each) => sum + each.machines, 0),
            'machine',
          )}`,
        ]
      : []),
    ...swept.map((each) =>
      hanging('  ', plain(`${each.cluster}, node group ${each.group}: ${sweptWords(each)}`), width),
    ),
  ].join('\n')}\n`;
}

export const historyJson = (
  runs: readonly HistoryRun[],
  compared: Comparison | undefined,
  census?: CensusHistory,
): string =>
  `${plainJson({ schemaVersion: 1, ...postureHistory(runs, census), ...(compared && { compared }) }, undefined, 2)}\n`;
