import type { VNode } from 'preact';
import type { Statement } from '../../findings/statement.ts';
import type { Control } from '../../judge/control.ts';
import { type WaiverUse, waiverWords } from '../../judge/waivers/waiver-use.ts';
import { accessStates, type Language, worstState } from '../../model/access-states.ts';
import { addCounts } from '../../model/add-counts.ts';
import { howMany, shortHash } from '../../model/text/words.ts';
import { statesOf } from '../headline.ts';
import { causesOf, notLookedAt, placeText as placeOf } from '../not-looked-at.ts';
import {
  type ClusterPosture,
  type GroupResult,
  noStandings,
  type Standing,
  standingOf,
  unitsOf,
  worstFirst,
} from '../posture.ts';
import { controlNumber, numberedForAll, type RunEnd } from '../report.ts';
import { claimWords, countWords, standingWords, suppressedWords } from '../standing-words.ts';
import { html, scrolling, table } from './html.ts';
import { type ManagerOptions, managerPart } from './manager-part.ts';
import { nodeBar } from './node-pictures.ts';

interface OverviewOptions extends Omit<ManagerOptions, 'statementLink'> {
  readonly benchmark: string;
  /** Where a cluster's part is; on the same page without it. */
  readonly pageOf?: (cluster: ClusterPosture) => string;
}

const mostGaps = 500;
/** Rows of the table of clusters × controls; the rest is counted. */
const mostClusters = 1_000;

/** The first screen: what a manager reads, posture by cluster × control, coverage with its gaps. */
export function overview(clusters: readonly ClusterPosture[], run: RunEnd, options: OverviewOptions): VNode {
  const { pageOf = () => '' } = options;
  const resultLink: ResultLink = (cluster, standing, slug) =>
    `${pageOf(cluster)}#${resultAnchor(cluster, standing, slug)}`;
  return html`<div>
    ${managerPart(clusters, { ...options, statementLink: (cluster, each) => `${pageOf(cluster)}#${statementAnchor(cluster, each)}` })} ${clusters.length > 0 ? heatMap(clusters, { ...options, pageOf, resultLink }) : undefined} ${coveragePart(clusters, run)}
  </div>`;
}

type ResultLink = (cluster: ClusterPosture, standing: Standing, slug: string) => string;

function heatMap(
  clusters: readonly ClusterPosture[],
  options: OverviewOptions & Required<Pick<OverviewOptions, 'pageOf'>> & { readonly resultLink: ResultLink },
): VNode {
  const { controls, pageOf, resultLink } = options;
  const { benchmark } = numberedForAll(options, clusters);
  const sorted = worstFirst(clusters);
  const [shown, more] = [sorted.slice(0, mostClusters), sorted.slice(mostClusters)];
  const counts = clusters.map((each) => each.counts).reduce(addCounts, noStandings);
  return html`<h2 id="posture">Posture</h2>
    <p class="quiet">Each cluster by each control: the worst of its node groups, and how many nodes have that verdict. Verdicts, one per node and control: ${countWords(counts)}.</p>
    ${scrolling(
      'posture by cluster and control',
      html`<table class="heat">
        <thead>
          <tr>
            <th scope="col">cluster</th>
            <th scope="col" class="number">nodes</th>
            <th scope="col" class="control"><span>state</span></th>
            ${controls.map((control) => html`<th scope="col" class="control" title=${control.title}><span>${shortName(control, benchmark)}</span></th>`)}
          </tr>
        </thead>
        <tbody>
          ${shown.map(
            (cluster) => html`<tr>
              <th scope="row"><a href=${pageOf(cluster) || `#${anchor(cluster)}`}>${cluster.cluster.name}</a><br /><span class="quiet">${place(cluster)}</span></th>
              <td class="number">${cluster.nodes}${nodeBar(cluster.states)}</td>
              ${stateCell(cluster, `${pageOf(cluster)}#${anchor(cluster)}`, options.language)}
              ${controls.map(({ slug }) => {
                const found = cluster.controls.get(slug);
                return heatCell(found, found && resultLink(cluster, found.standing, slug));
              })}
            </tr>`,
          )}
          ${more.length > 0 ? html`<tr><td colspan=${controls.length + 3} class="quiet">… and ${howMany(more.length, 'more cluster')}: ${worstWords(more)}</td></tr>` : undefined}
        </tbody>
      </table>`,
    )}`;
}

const worstWords = (clusters: readonly ClusterPosture[]): string =>
  [...Map.groupBy(clusters, standingOf)]
    .map(([standing, all]) => `${all.length} ${standingWords[standing]}`)
    .join(', ');

/** The worst state of its nodes, and how many are in it. */
function stateCell({ states }: ClusterPosture, link: string, language: Language = 'en'): VNode {
  const state = worstState(states);
  if (!state) return html`<td class="not-applicable"><span aria-label="no node">–</span></td>`;
  return html`<td class=${`state ${state}`}><a href=${link}>${accessStates[state][language].name} ${states[state]}</a></td>`;
}

/** A verdict that is not simply a pass links the results behind it. */
function heatCell(found: Pick<GroupResult, 'standing' | 'counts'> | undefined, link: string | undefined): VNode {
  if (!found) return html`<td class="not-applicable"><span aria-label="not looked at">–</span></td>`;
  const { standing, counts } = found;
  if (standing === 'pass' || standing === 'not-applicable')
    return html`<td class=${standing}>${standingWords[standing]}</td>`;
  return html`<td class=${standing}><a href=${link}>${standingWords[standing]} ${counts[standing]}</a></td>`;
}

const shortName = (control: Control, benchmark: string): string =>
  [controlNumber(control, benchmark), control.slug.replace(/^kubelet-/, '')].filter(Boolean).join(' ');

/** A fragment's name of letters, digits and dashes, for any name of a cluster. */
export const anchor = ({ id }: ClusterPosture): string => `cluster-${id.replace(/[^A-Za-z0-9]+/g, '-')}`;

/** Of the results of a cluster in one state under a control; what is unknown is one table for all controls. */
export const resultAnchor = (cluster: ClusterPosture, standing: Standing, slug: string): string =>
  standing === 'unknown' ? `${anchor(cluster)}-unknown` : `${anchor(cluster)}-${standing}-${slug}`;

/** Of the row of a statement in its cluster's part. */
export const statementAnchor = (cluster: ClusterPosture, { state, group }: Statement): string =>
  `${anchor(cluster)}-${state}-${shortHash(`${group.kind}/${group.name}`).slice(0, 12)}`;

/** `111122223333, eu-west-1`; nothing where no ARN is known. */
export const place = ({ cluster: { arn } }: ClusterPosture): string => (arn ? `${arn.accountId}, ${arn.region}` : '');

function coveragePart(clusters: readonly ClusterPosture[], run: RunEnd): VNode {
  const { tally, coverage, waivers } = run;
  const left = causesOf(notLookedAt(clusters, run));
  const skipped = (coverage?.skipped ?? []).map(({ problem, ...place }) => ({ where: placeOf(place), ...problem }));
  const unread = statesOf(clusters)['not-read'];
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

type Gap = Readonly<Record<'where' | 'message' | 'remedy', string>>;

const gapTable = (label: string, gaps: readonly Gap[]): VNode =>
  table(['where', 'what', 'what to do'], {
    widths: ['wide', '', ''],
    rows: gaps.slice(0, mostGaps).map(({ where, message, remedy }) => [where || 'the whole run', message, remedy]),
    more: [gaps.length - mostGaps, 'gaps'],
    scrolls: label,
  });
