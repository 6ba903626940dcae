import type { VNode } from 'preact';
import { howMany } from '../../model/text/how-many.ts';
import { emptyTally } from '../../run/outcome.ts';
import type { CensusHistory } from '../history/census-history.ts';
import type { HistoryRun } from '../history/posture-history.ts';
import { type Comparison, type PostureHistory, postureHistory } from '../history/posture-history.ts';
import { changeGroups, changeText, changeWords, effectiveness, historyColumns, population } from '../history-words.ts';
import { page } from './frame.ts';
import { html } from './html.ts';
import { scrolling, table } from './table.ts';
import { trendChart } from './trend-chart.ts';

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
    compared ? comparison(compared) : undefined,
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
          ...[each.run, each.startedAt, each.failures, each.clusters, each.incomplete, each.gaps],
          `${each.read} of ${each.nodes}`,
        ]),
      })}
    </details>
    <h2>How the auditing itself worked</h2>
    <p>
      ${effectiveness(history)} ${population(history)}
    </p>`;
}

function comparison(compared: Comparison): VNode {
  return html`<h2>From run ${compared.before} to run ${compared.after}</h2>
    ${changeLists(compared)}`;
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
    ${scrolling(
      'clusters over time',
      table(['cluster', ...columns.map(({ name }) => [name, 'number'] as const)], {
        isSmall: true,
        rows: clusters.map((each) => [each.cluster, ...columns.map(({ of }) => of(each))]),
      }),
    )}`;
}

function episodeTable({ episodes }: PostureHistory): VNode {
  const shown = episodes.slice(-mostEpisodes);
  return html`<h2>Failures that began in this period</h2>
    ${table(['cluster', 'node group', 'control', 'seen first', 'seen fixed'], {
      widths: ['wide', '', '', '', ''],
      rows: shown.map(({ cluster, group, control, openedAt, fixedAt, goneAt }) => [
        ...[cluster, group, control, openedAt],
        fixedAt ?? (goneAt ? `not fixed: gone ${goneAt}` : 'open'),
      ]),
      more: [episodes.length - shown.length, 'failures'],
    })}`;
}
