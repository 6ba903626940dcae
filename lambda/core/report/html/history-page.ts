import type { VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { howMany } from '../../model/text/how-many.ts';
import { emptyTally } from '../../run/outcome.ts';
import type { CensusHistory } from '../history/census-history.ts';
import type { HistoryRun } from '../history/posture-history.ts';
import { type Comparison, type PostureHistory, postureHistory } from '../history/posture-history.ts';
import { changeWords, days, effectiveness, population, sweptWords } from '../history-words.ts';
import { frame, gap } from './frame.ts';
import { html } from './html.ts';
import { trendChart } from './trend-chart.ts';
import { moreRow, scrolling } from './words.ts';

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
  const [before = '', after = ''] = renderToString(
    frame({ answer: [answer], contents: [], run, about: `in ${howMany(history.runs.length, 'run')}`, version }),
  ).split(gap);

  return [
    `<!doctype html>\n${before}`,
    renderToString(
      html`<div>${trend(history)} ${compared ? comparison(compared) : undefined} ${clusterTable(history)} ${episodeTable(history)}</div>`,
    ),
    `${after}\n`,
  ].join('\n');
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
      <table class="nodes">
        <thead><tr><th scope="col">run</th><th scope="col">begun</th><th scope="col">failures</th><th scope="col">clusters</th><th scope="col">not read completely</th><th scope="col">gaps</th><th scope="col">nodes read</th></tr></thead>
        <tbody>
          ${runs.map(
            (each) => html`<tr>
              <th scope="row">${each.run}</th>
              <td data-label="begun">${each.startedAt}</td>
              <td data-label="failures">${each.failures}</td>
              <td data-label="clusters">${each.clusters}</td>
              <td data-label="not read completely">${each.incomplete}</td>
              <td data-label="gaps">${each.gaps}</td>
              <td data-label="nodes read">${`${each.read} of ${each.nodes}`}</td>
            </tr>`,
          )}
        </tbody>
      </table>
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
  const list = (title: string, changes: Comparison['opened']) =>
    changes.length === 0
      ? undefined
      : html`<h3>${title}: ${changes.length}</h3>
          <ul>
            ${changes.slice(0, mostChanges).map(({ cluster, control, group }) => html`<li>${cluster}, node group ${group}: ${control}</li>`)}
            ${changes.length > mostChanges ? html`<li class="quiet">… and ${changes.length - mostChanges} more: see history --compare</li>` : undefined}
          </ul>`;
  const { swept = [] } = compared;
  return html`<div>
    <p>${changeWords(compared)}</p>
    ${list('Opened', compared.opened)} ${list('Fixed', compared.fixed)}${list('Gone, not fixed', compared.gone ?? [])} ${list('Failed before, and not read again', compared.notSeenAgain)}
    ${
      swept.length === 0
        ? undefined
        : html`<h3>Failed between the runs, seen by sweeps</h3>
            <ul>
              ${swept.slice(0, mostChanges).map((each) => html`<li>${each.cluster}, node group ${each.group}: ${sweptWords(each)}</li>`)}
              ${swept.length > mostChanges ? html`<li class="quiet">… and ${swept.length - mostChanges} more: see history --compare</li>` : undefined}
            </ul>`
    }
  </div>`;
}

function clusterTable({ clusters }: PostureHistory): VNode {
  const withGone = clusters.some(({ gone }) => gone);
  return html`<h2>Clusters</h2>
    ${scrolling(
      'clusters over time',
      html`<table>
        <thead>
          <tr>
            <th scope="col">cluster</th><th scope="col" class="number">open</th><th scope="col" class="number">longest open</th><th scope="col" class="number">fixed</th>
            ${withGone ? html`<th scope="col" class="number">gone, not fixed</th>` : undefined}<th scope="col" class="number">mean to fix</th><th scope="col" class="number">days read completely</th><th scope="col" class="number">longest gap</th><th scope="col" class="number">nodes read last</th>
          </tr>
        </thead>
        <tbody>
          ${clusters.map((each) => {
            const last = each.nodes.at(-1);
            return html`<tr>
              <th scope="row">${each.cluster}</th>
              <td class="number">${each.openNow}</td>
              <td class="number">${each.openNow > 0 ? days(each.longestOpenDays) : ''}</td>
              <td class="number">${each.fixed}</td>
              ${withGone ? html`<td class="number">${each.gone ?? ''}</td>` : undefined}
              <td class="number">${each.meanDaysToFix === undefined ? '' : days(each.meanDaysToFix)}</td>
              <td class="number">${each.completeDays}</td>
              <td class="number">${days(each.longestGapDays)}</td>
              <td class="number">${each.goneAt ? `gone ${each.goneAt.slice(0, 10)}` : last ? `${last.read} of ${last.existed}` : ''}</td>
            </tr>`;
          })}
        </tbody>
      </table>`,
    )}`;
}

function episodeTable({ episodes }: PostureHistory): VNode {
  const shown = episodes.slice(-mostEpisodes);
  return html`<h2>Failures that began in this period</h2>
    <table class="nodes">
      <colgroup><col class="wide" /><col /><col /><col /><col /></colgroup>
      <thead><tr><th scope="col">cluster</th><th scope="col">node group</th><th scope="col">control</th><th scope="col">seen first</th><th scope="col">seen fixed</th></tr></thead>
      <tbody>
        ${shown.map(
          ({ cluster, group, control, openedAt, fixedAt, goneAt }) => html`<tr>
            <th scope="row">${cluster}</th>
            <td data-label="node group">${group}</td>
            <td data-label="control">${control}</td>
            <td data-label="seen first">${openedAt}</td>
            <td data-label="seen fixed">${fixedAt ?? (goneAt ? `not fixed: gone ${goneAt}` : 'open')}</td>
          </tr>`,
        )}
        ${moreRow(5, episodes.length - shown.length, 'failures')}
      </tbody>
    </table>`;
}
