import { UsageError } from '../../model/operator-error.ts';
import { howMany, plainJson } from '../../model/text/words.ts';
import { hanging } from '../../model/text/wrap.ts';
import type { CensusHistory } from '../history/census-history.ts';
import {
  type ClusterHistory,
  type Comparison,
  compareRuns,
  type HistoryRun,
  type PostureHistory,
  postureHistory,
} from '../history/posture-history.ts';
import {
  changeGroups,
  changeText,
  days,
  effectiveness,
  historyColumns,
  nodesRead,
  population,
} from '../history-words.ts';
import { plain } from '../not-looked-at.ts';
import type { TableStyle } from '../report.ts';

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

function tableOf(clusters: readonly ClusterHistory[], draw: TableStyle['draw']): string {
  const columns = historyColumns(clusters);
  const head = ['CLUSTER', 'FAILURES, RUN BY RUN', ...columns.map(({ name }) => name.toUpperCase())];
  return draw(
    head,
    clusters.map((each) => [plain(each.cluster), lineOf(each), ...columns.map(({ of }) => of(each))]),
  );
}

const lineOf = ({ failures }: ClusterHistory): string => sparkline(failures.slice(-mostRuns));

/** From this width on there is room for most names. */
const tableWidth = 160;

function sentenceOf(each: ClusterHistory, width: number): string {
  const { openNow, longestOpenDays, fixed, gone, goneAt, meanDaysToFix, completeDays, longestGapDays } = each;
  const read = nodesRead(each);
  const parts = [
    `${openNow} open${openNow > 0 ? `, the longest for ${days(longestOpenDays)}` : ''}`,
    `${fixed} fixed${meanDaysToFix === undefined ? '' : `, after ${days(meanDaysToFix)} on average`}`,
    ...(gone ? [`${gone} gone, not fixed`] : []),
    `complete on ${howMany(completeDays, 'day')}, longest gap ${days(longestGapDays)}`,
    ...(goneAt ? [`the cluster is ${read}`] : read ? [`${read} nodes read`] : []),
  ];
  return ` ${plain(each.cluster)}  ${lineOf(each)}\n${hanging('   ', parts.join('; '), width)}`;
}

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

/** That nothing opened or was fixed is said, too. */
export function comparisonText(compared: Comparison, { width }: Pick<TableStyle, 'width'>): string {
  const parts = changeGroups(compared)
    .filter(({ title, changes }) => changes.length > 0 || title === 'Opened' || title === 'Fixed')
    .flatMap(({ title, count, changes }) => [
      `${title}: ${count}`,
      ...changes.map((each) => hanging('  ', plain(changeText(each)), width)),
    ]);
  return `${[`From run ${compared.before} to run ${compared.after}`, ...parts].join('\n')}\n`;
}

export const historyJson = (
  runs: readonly HistoryRun[],
  compared: Comparison | undefined,
  census?: CensusHistory,
): string =>
  `${plainJson({ schemaVersion: 1, ...postureHistory(runs, census), ...(compared && { compared }) }, undefined, 2)}\n`;
