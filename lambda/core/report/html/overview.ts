import type { VNode } from 'preact';
import type { Control } from '../../judge/control.ts';
import { type WaiverUse, waiverWords } from '../../judge/waivers/waiver-use.ts';
import { addCounts } from '../../model/add-counts.ts';
import { howMany } from '../../model/text/how-many.ts';
import { claimWords, suppressedWords } from '../claim-words.ts';
import { controlNumber, numberedForAll } from '../control-list.ts';
import { byCause, notLookedAt, placeText as placeOf } from '../not-looked-at.ts';
import {
  type ClusterPosture,
  type GroupResult,
  noStandings,
  standingOf,
  standings,
  unitsOf,
  worstFirst,
} from '../posture.ts';
import type { RunEnd } from '../report.ts';
import { standingWords } from '../standing-words.ts';
import { html } from './html.ts';
import { type ManagerOptions, managerPart, openMachines } from './manager-part.ts';
import { moreRow, scrolling } from './words.ts';

interface OverviewOptions extends ManagerOptions {
  readonly controls: readonly Control[];
  readonly benchmark: string;
  /** Where a cluster's part is; on the same page without it. */
  readonly linkOf?: (cluster: ClusterPosture) => string;
}

const mostGaps = 500;
/** Rows of the table of clusters × controls; the rest is counted. */
const mostClusters = 1_000;

/** The first screen: what a manager reads, posture by cluster × control, coverage with its gaps. */
export function overview(clusters: readonly ClusterPosture[], run: RunEnd, options: OverviewOptions): VNode {
  return html`<div>
    ${openMachines(clusters)} ${tiles(clusters)} ${managerPart(clusters, options)} ${clusters.length > 0 ? heatMap(clusters, options) : undefined} ${coveragePart(clusters, run)}
  </div>`;
}

function tiles(clusters: readonly ClusterPosture[]): VNode {
  const counts = clusters.map((each) => each.counts).reduce(addCounts, noStandings);
  const shown = standings.filter((each) => each !== 'not-applicable' || counts[each] > 0);

  return html`<ul class="tiles" aria-label="verdicts, one a node and control">
    ${shown.map((each) => html`<li class=${counts[each] > 0 ? each : ''}><strong>${counts[each]}</strong>${standingWords[each]}</li>`)}
  </ul>`;
}

function heatMap(clusters: readonly ClusterPosture[], options: OverviewOptions): VNode {
  const { controls, linkOf = (cluster: ClusterPosture) => `#${anchor(cluster)}` } = options;
  const { benchmark } = numberedForAll(options, clusters);
  const sorted = worstFirst(clusters);
  const [shown, more] = [sorted.slice(0, mostClusters), sorted.slice(mostClusters)];
  const withAccess = clusters.some(({ access }) => access);
  return html`<h2>Posture</h2>
    <p class="quiet">Each cluster by each control: the worst of its node groups, and how many nodes are in that state.${withAccess ? accessText : ''} <span class="hint">Scroll the table to the side for more controls.</span></p>
    ${scrolling(
      'posture by cluster and control',
      html`<table class="heat">
        <thead>
          <tr>
            <th scope="col">cluster</th>
            <th scope="col" class="number">nodes</th>
            ${withAccess ? html`<th scope="col" class="control"><span>access</span></th>` : undefined}
            ${controls.map((control) => html`<th scope="col" class="control" title=${control.title}><span>${shortName(control, benchmark)}</span></th>`)}
          </tr>
        </thead>
        <tbody>
          ${shown.map(
            (cluster) => html`<tr>
              <th scope="row"><a href=${linkOf(cluster)}>${cluster.cluster.name}</a><br /><span class="quiet">${place(cluster)}</span></th>
              <td class="number">${cluster.nodes}</td>
              ${withAccess ? heatCell(cluster.access) : undefined}
              ${controls.map(({ slug }) => heatCell(cluster.controls.get(slug)))}
            </tr>`,
          )}
          ${more.length > 0 ? html`<tr><td colspan=${controls.length + (withAccess ? 3 : 2)} class="quiet">… and ${howMany(more.length, 'more cluster')}: ${worstWords(more)}</td></tr>` : undefined}
        </tbody>
      </table>`,
    )}`;
}

const worstWords = (clusters: readonly ClusterPosture[]): string =>
  [...Map.groupBy(clusters, standingOf)]
    .map(([standing, all]) => `${all.length} ${standingWords[standing]}`)
    .join(', ');

const accessText =
  ' Access is the headline of each node: whether the API server and all clients are authenticated and authorized.';

function heatCell(found: Pick<GroupResult, 'standing' | 'counts'> | undefined): VNode {
  if (!found) return html`<td class="not-applicable"><span aria-label="not looked at">–</span></td>`;
  const { standing, counts } = found;
  const count = standing === 'pass' || standing === 'not-applicable' ? '' : ` ${counts[standing]}`;
  return html`<td class=${standing}>${standingWords[standing]}${count}</td>`;
}

const shortName = (control: Control, benchmark: string): string =>
  [controlNumber(control, benchmark), control.slug.replace(/^kubelet-/, '')].filter(Boolean).join(' ');

/** A fragment's name of letters, digits and dashes, for any name of a cluster. */
export const anchor = ({ id }: ClusterPosture): string => `cluster-${id.replace(/[^A-Za-z0-9]+/g, '-')}`;

/** `111122223333, eu-west-1`; nothing where no ARN is known. */
export const place = ({ cluster: { arn } }: ClusterPosture): string => (arn ? `${arn.accountId}, ${arn.region}` : '');

function coveragePart(clusters: readonly ClusterPosture[], run: RunEnd): VNode {
  const { tally, coverage, waivers } = run;
  const left = byCause(notLookedAt(clusters, run));
  const skipped = (coverage?.skipped ?? []).map(({ problem, ...place }) => ({ where: placeOf(place), ...problem }));
  const unread = clusters.reduce((sum, each) => sum + each.unread, 0);
  const withoutKubelet = clusters.reduce((sum, each) => sum + (each.inventory.withoutKubelet?.length ?? 0), 0);
  const looked = coverage
    ? `${howMany(coverage.accounts, 'account')}, ${howMany(coverage.regions, 'account-Region')}, ${coverage.clusters.audited} of ${howMany(coverage.clusters.found, 'cluster')} audited`
    : `${howMany(tally.clusters, unitsOf(clusters).cluster)} audited`;

  return html`<h2 id="coverage">Coverage</h2>
    <p>
      ${looked}; ${unread === 0 ? `${all(tally.nodes)} read` : `${unread} of ${howMany(tally.nodes, 'node')} could not be read`}.
      ${withoutKubelet > 0 ? `Counted as no nodes: ${howMany(withoutKubelet, 'running machine')} with a cluster's tags on which SSM found no kubelet.` : undefined}
      ${tally.suppressed > 0 ? ` ${suppressedWords(tally.suppressed)}.` : undefined}
      ${left.length === 0 ? ' Everything in scope was audited.' : ' Not looked at:'}
    </p>
    ${left.length > 0 ? gapTable('what was not looked at', left) : undefined}
    ${skipped.length > 0 ? html`<h3>Left out on purpose</h3>${gapTable('left out on purpose', skipped)}` : undefined}${notConfirmed(clusters)}${waivers ? aboutWaivers(waivers) : undefined}`;
}

const all = (count: number): string =>
  count === 1 ? '1 node was' : `${count === 0 ? 'no' : `all ${count}`} nodes were`;

function notConfirmed(clusters: readonly ClusterPosture[]): VNode | undefined {
  const claims = clusters.flatMap((cluster) =>
    cluster.claims ? claimWords(cluster.claims).map((words) => ({ cluster, words })) : [],
  );
  if (claims.length === 0) return undefined;

  return html`<h3>What AWS does not confirm</h3>
    <ul>
      ${claims.slice(0, mostGaps).map(({ cluster, words }) => html`<li>${cluster.cluster.name} <span class="quiet">${place(cluster)}</span>: ${words}</li>`)}
      ${claims.length > mostGaps ? html`<li>… and ${claims.length - mostGaps} more</li>` : undefined}
    </ul>`;
}

const aboutWaivers = (use: WaiverUse): VNode => html`<h3>Waivers of this run</h3>
  <p>${waiverWords(use)}.</p>
  ${
    use.unmatched > 0
      ? html`<ul>
          ${use.named.map((each) => html`<li>matches nothing: ${each}</li>`)}
          ${use.unmatched > use.named.length ? html`<li>… and ${use.unmatched - use.named.length} more</li>` : undefined}
        </ul>`
      : undefined
  }`;

interface Gap {
  readonly where: string;
  readonly message: string;
  readonly remedy: string;
}

const gapTable = (label: string, gaps: readonly Gap[]): VNode =>
  scrolling(
    label,
    html`<table class="nodes">
      <colgroup><col class="wide" /><col /><col /></colgroup>
      <thead><tr><th scope="col">where</th><th scope="col">what</th><th scope="col">what to do</th></tr></thead>
      <tbody>
        ${gaps
          .slice(0, mostGaps)
          .map(
            ({ where, message, remedy }) =>
              html`<tr><td data-label="where">${where}</td><td data-label="what">${message}</td><td data-label="what to do">${remedy}</td></tr>`,
          )}
        ${moreRow(3, gaps.length - mostGaps, 'gaps')}
      </tbody>
    </table>`,
  );
