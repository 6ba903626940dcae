import { curveStepAfter, line } from 'd3-shape';
import type { VNode } from 'preact';
import { howMany } from '../../model/text/words.ts';
import { emptyTally } from '../../run/outcome.ts';
import type { CensusHistory } from '../history/census-history.ts';
import {
  type Comparison,
  type HistoryRun,
  longGap,
  type PostureHistory,
  postureHistory,
} from '../history/posture-history.ts';
import { changeGroups, changeText, changeWords, effectiveness, historyColumns, population } from '../history-words.ts';
import { page } from './frame.ts';
import { html, table } from './html.ts';

const [width, height] = [640, 120];

/** The failures of one run. */
export interface TrendPoint {
  readonly startedAt: string;
  readonly failures: number;
}

interface Point {
  readonly time: number;
  readonly value: number;
  /** Nothing is known between the run before and this one. */
  readonly isGap?: true;
}

/** Failing results run by run. A time without runs is a gap, and never a line; each sweep that saw a failing machine is a tick. */
export function trendChart(runs: readonly TrendPoint[], sweeps: readonly string[] = []): VNode {
  const times = runs.map(({ startedAt }) => Date.parse(startedAt));
  const longest = longGap(times);
  const points = runs.flatMap(({ startedAt, failures }, index): readonly Point[] => {
    const [time, before] = [Date.parse(startedAt), times[index - 1]];
    const point = { time, value: failures };
    return before !== undefined && time - before > longest ? [{ ...point, isGap: true }, point] : [point];
  });
  const most = Math.max(1, ...points.map(({ value }) => value));
  const [first = 0, last = 1] = [times[0], times.at(-1)];
  const x = ({ time }: Pick<Point, 'time'>) => 30 + ((time - first) / Math.max(1, last - first)) * (width - 40);
  const y = ({ value }: Point) => height - 20 - (value / most) * (height - 35);
  const path =
    line<Point>()
      .defined(({ isGap }) => !isGap)
      .x(x)
      .y(y)
      .curve(curveStepAfter)(points) ?? '';
  const gaps = points.filter(({ isGap }) => isGap).length;
  const ticks = [...new Set(sweeps.map((at) => Math.round(x({ time: Date.parse(at) }))))].filter(
    (at) => at >= 30 && at <= width - 10,
  );
  const title = [
    `failing results in each run: at most ${most}, now ${points.at(-1)?.value ?? 0}`,
    ...(gaps > 0 ? [`${howMany(gaps, 'time')} without runs`] : []),
    ...(ticks.length > 0 ? ['ticks: sweeps that saw a failing machine'] : []),
  ].join('; ');

  return html`<svg class="chart" viewBox=${`0 0 ${width} ${height}`} role="img" aria-label=${title}>
    <line x1="30" y1=${height - 20} x2=${width - 10} y2=${height - 20} class="axis" />
    <text x="2" y="20">${most}</text>
    <text x="2" y=${height - 16}>0</text>
    <text x="30" y=${height - 4}>${day(first)}</text>
    <text x=${width - 10} y=${height - 4} text-anchor="end">${day(last)}</text>
    <path d=${path} class="curve" />
    ${ticks.map((at) => html`<line x1=${at} y1=${height - 26} x2=${at} y2=${height - 14} class="tick" />`)}
    ${runs.length <= 60 ? points.filter(({ isGap }) => !isGap).map((point) => html`<circle cx=${x(point)} cy=${y(point)} r="2.5" class="dot" />`) : undefined}
  </svg>
  ${gaps > 0 ? html`<p class="quiet">The line has ${howMany(gaps, 'gap')}: no run looked at that time.</p>` : undefined}
  ${ticks.length > 0 ? html`<p class="quiet">Ticks are sweeps that saw a failing machine.</p>` : undefined}`;
}

const day = (time: number): string => new Date(time).toISOString().slice(0, 10);

const mostEpisodes = 2_000;
const mostChanges = 200;

interface HistoryPageOptions {
  readonly version: string;
  readonly compared?: Comparison;
  readonly census?: CensusHistory;
}

/** Posture over time as one self-contained page: each picture with its table, since a picture alone says nothing to who cannot see it. */
export function historyPage(runs: readonly HistoryRun[], { version, compared, census }: HistoryPageOptions): string {
  const history = postureHistory(runs, census);
  const clusters = history.clusters.filter(({ goneAt }) => goneAt === undefined).length;
  const open = history.clusters.reduce((sum, each) => sum + each.openNow, 0);
  const failing = history.clusters.filter(({ openNow }) => openNow > 0).length;
  const last = history.runs.at(-1);
  const run = {
    startedAt: history.from,
    finishedAt: history.to,
    tally: { ...emptyTally, clusters, nodes: last?.nodes ?? 0 },
  };
  const answer = `${open === 0 ? 'No failure is open' : `${howMany(open, 'failure')} ${open === 1 ? 'is' : 'are'} open`} in ${open === 0 ? '' : `${failing} of `}${howMany(clusters, 'cluster')} after ${howMany(history.runs.length, 'run')}.`;
  const parts = [
    trend(history),
    compared &&
      html`<h2>From run ${compared.before} to run ${compared.after}</h2>
        ${changeLists(compared)}`,
    clusterTable(history),
    episodeTable(history),
  ];
  const about = `in ${howMany(history.runs.length, 'run')}`;
  return [...page({ answer: [answer], run, about, version }, [html`<div>${parts}</div>`])].join('');
}

/** The same as a part of a run's report: its own run is the last of these. */
export const historySection = (runs: readonly HistoryRun[], census?: CensusHistory): VNode => {
  const history = postureHistory(runs, census);
  return html`<section id="trend">${trend(history)} ${clusterTable(history)}</section>`;
};

/** What began and what was fixed since the run before, as the first screen of a report shows it. */
export const newSection = (compared: Comparison): VNode => html`<section id="new">
  <h2>New since run ${compared.before}</h2>
  ${changeLists(compared)}
</section>`;

function trend(history: PostureHistory): VNode {
  const { runs } = history;
  return html`<h2>Failures, run by run</h2>
    ${trendChart(
      runs,
      history.census?.failures.map(({ at }) => at),
    )}
    <details>
      <summary>As a table</summary>
      ${table(['run', 'begun', 'failures', 'clusters', 'not read completely', 'gaps', 'nodes read'], {
        rows: runs.map((each) => [
          each.run,
          each.startedAt,
          each.failures,
          each.clusters,
          each.incomplete,
          each.gaps,
          `${each.read} of ${each.nodes}`,
        ]),
      })}
    </details>
    <h2>How the auditing itself worked</h2>
    <p>
      ${effectiveness(history)} ${population(history)}
    </p>`;
}

function changeLists(compared: Comparison): VNode {
  const lists = changeGroups(compared).filter(({ changes }) => changes.length > 0);
  return html`<div>
    <p>${changeWords(compared)}</p>
    ${lists.map(
      ({ title, count, changes }) => html`<h3>${title}: ${count}</h3>
        <ul>
          ${changes.slice(0, mostChanges).map((each) => html`<li>${changeText(each)}</li>`)}
          ${changes.length > mostChanges ? html`<li class="quiet">… and ${changes.length - mostChanges} more: see history --compare</li>` : undefined}
        </ul>`,
    )}
  </div>`;
}

function clusterTable({ clusters }: PostureHistory): VNode {
  const columns = historyColumns(clusters);
  return html`<h2>Clusters</h2>
    ${table(['cluster', ...columns.map(({ name }) => [name, 'number'] as const)], {
      isSmall: true,
      scrolls: 'clusters over time',
      rows: clusters.map((each) => [each.cluster, ...columns.map(({ of }) => of(each))]),
    })}`;
}

function episodeTable({ episodes }: PostureHistory): VNode {
  const shown = episodes.slice(-mostEpisodes);
  return html`<h2>Failures that began in this period</h2>
    ${table(['cluster', 'node group', 'control', 'seen first', 'seen fixed'], {
      widths: ['wide', '', '', '', ''],
      rows: shown.map(({ cluster, group, control, openedAt, fixedAt, goneAt }) => [
        cluster,
        group,
        control,
        openedAt,
        fixedAt ?? (goneAt ? `not fixed: gone ${goneAt}` : 'open'),
      ]),
      more: [episodes.length - shown.length, 'failures'],
    })}`;
}
