import type { VNode } from 'preact';
import { type Control, type Severity, severities } from '../../judge/control.ts';
import { byText, howMany, nameList } from '../../model/text/words.ts';
import type { Cause, FailingMachines } from '../../run/answer.ts';
import { causesTogether, failingNodes, fixFirst } from '../../run/causes.ts';
import { byOwner } from '../../run/failing-machines.ts';
import { accessCounts } from '../headline.ts';
import { type Comparison, failuresOf, type HistoryRun } from '../history/posture-history.ts';
import { changeWords } from '../history-words.ts';
import type { ClusterPosture } from '../posture.ts';
import { html, nodes, ownerWords, table } from './html.ts';
import { allNodes } from './node-pictures.ts';

export interface ManagerOptions {
  readonly controls: readonly Control[];
  /** What is new since the run before. */
  readonly compared?: Comparison;
  /** Runs with this one at the end, whose failures are the trend; the page has a section of them. */
  readonly runs?: readonly HistoryRun[];
  /** Where the results of a cluster under a control are. */
  readonly resultLink: (cluster: ClusterPosture, standing: 'fail', slug: string) => string;
}

/** How bad, better or worse, what to fix first, whose, and what is waived until when. */
export const managerPart = (clusters: readonly ClusterPosture[], options: ManagerOptions): VNode =>
  html`<div>${allNodes(accessCounts(clusters))} ${newSentence(options)} ${fixFirstTable(clusters, options)} ${failures(clusters)} ${waivedUntil(clusters)}</div>`;

function newSentence({ compared, runs = [] }: ManagerOptions): VNode {
  if (!compared) return html`<p class="quiet">No earlier run to compare with.</p>`;

  const { opened, fixed, swept = [], before } = compared;
  const worse = opened.length + swept.length - fixed.length;
  const how = worse > 0 ? 'Worse' : worse < 0 ? 'Better' : 'Neither better nor worse';
  return html`<p><strong>${how}</strong> than in run <a href="#new">${before}</a>: ${changeWords(compared)} ${trendWords(runs)}</p>`;
}

function trendWords(runs: readonly HistoryRun[]): VNode | undefined {
  const failing = runs.map(({ startedAt, clusters }) => ({ startedAt, count: failuresOf(clusters.values()) }));
  const [first, ...others] = failing;
  const last = others.at(-1);
  if (!first || !last) return undefined;

  const most = failing.reduce((one, { count }) => Math.max(one, count), 0);
  return html`<span><a href="#trend">Trend</a>: ${howMany(first.count, 'failing result')} on ${first.startedAt.slice(0, 10)}, ${last.count} in this run; at most ${most} in ${howMany(runs.length, 'run')}.</span>`;
}

const mostFixes = 5;

/** Changes that fix the most nodes, one after the other. */
function fixFirstTable(
  clusters: readonly ClusterPosture[],
  { controls, resultLink }: ManagerOptions,
): VNode | undefined {
  const causes = causesTogether(clusters.map((each) => each.causes));
  const fixes = fixFirst(causes, mostFixes);
  if (fixes.length === 0) return undefined;

  const all = failingNodes(causes);
  const fixed = fixes.reduce((sum, each) => sum + each.nodes, 0);
  const failureOf = new Map(controls.map(({ slug, failure }) => [slug, failure]));
  const linkOf = ({ key, controls: [slug = ''] }: Cause): string => {
    const cluster = clusters.find((each) => each.causes.causes.some((cause) => cause.key === key));
    return cluster ? resultLink(cluster, 'fail', slug) : '';
  };
  return html`<h2 id="first">What to fix first</h2>
    ${table(['change', ['fixes', 'number'], ['closes', 'number']], {
      isSmall: true,
      scrolls: 'what to fix first',
      rows: fixes.map(({ cause, nodes: count, open, more }) => [
        html`<a href=${linkOf(cause)}>${cause.change}</a><br /><span class="quiet">${cause.controls.map((slug) => failureOf.get(slug) ?? slug).join('; ')}</span>`,
        `${count} of ${nodes(all)}${more > 0 ? `, and a part of ${more} more` : ''}`,
        `${open} open`,
      ]),
    })}
    <p class="quiet">Each row counts the nodes that pass every checked control once it and the rows above are done. ${fixed === all ? 'Together they fix all failing nodes.' : `Together they fix ${fixed} of ${howMany(all, 'failing node')}; ${causes.causes.length - fixes.length} more changes fix the rest.`}</p>`;
}

const worstSeverityFirst: readonly Severity[] = severities.toReversed();

/** Failing nodes by severity, and by owner: what a tag says, or the account. */
function failures(clusters: readonly ClusterPosture[]): VNode | undefined {
  const all = clusters.flatMap(({ failing, cluster }) =>
    failing.map((each) => ({ ...each, account: cluster.arn?.accountId })),
  );
  if (all.length === 0) return undefined;

  const isTagged = all.some(({ owner }) => owner !== undefined);
  const byAccount = ({ account, owner: _, others: __, ...each }: (typeof all)[number]) =>
    account === undefined ? each : { ...each, owner: account };

  return html`<div class="columns">
    <div>
      <h2>Failing nodes by owner</h2>
      ${isTagged ? ownerTable('owner, by tag', byOwner(all), ownerWords) : ownerTable('account', byOwner(all.map(byAccount)), (owner) => owner ?? 'unknown')}
      ${isTagged ? html`<p class="quiet">An owner is what a tag says: a claim of those who may set it.</p>` : undefined}
    </div>
    <div>
      <h2>Failing nodes by severity</h2>
      ${severityTable(clusters)}
    </div>
  </div>`;
}

function severityTable(clusters: readonly ClusterPosture[]): VNode {
  const of = (severity: Severity, { failing }: ClusterPosture) =>
    failing.reduce((sum, { bySeverity }) => sum + (bySeverity[severity] ?? 0), 0);
  const rows = worstSeverityFirst.flatMap((severity) => {
    const counts = clusters.map((each) => of(severity, each)).filter((count) => count > 0);
    const machines = counts.reduce((sum, each) => sum + each, 0);
    return counts.length > 0 ? [[severity.toLowerCase(), machines, counts.length]] : [];
  });
  const columns = ['severity', ['nodes', 'number'], ['clusters', 'number']] as const;
  return table(columns, { rows, isSmall: true, scrolls: 'failing nodes by severity' });
}

function ownerTable(
  head: string,
  machines: readonly FailingMachines[],
  nameOf: (owner: string | undefined) => string,
): VNode {
  const shown = worstSeverityFirst.filter((severity) => machines.some(({ bySeverity }) => bySeverity[severity]));
  const columns = ['nodes', ...shown.map((each) => each.toLowerCase())].map((each) => [each, 'number'] as const);
  const rows = machines.map(({ owner, others, machines: count, bySeverity }) => [
    others ? 'other owners' : nameOf(owner),
    count,
    ...shown.map((severity) => bySeverity[severity] ?? 0),
  ]);
  return table([head, ...columns], { rows, isSmall: true, scrolls: 'failing nodes by owner and severity' });
}

/** Last days that the first screen names; the section has all. */
const mostDays = 5;

/** The nearest last day first; what has expired covers nothing. */
function waivedUntil(clusters: readonly ClusterPosture[]): VNode | undefined {
  const all = clusters.flatMap(({ open, quiet }) => [...open, ...quiet].flatMap(({ waivers }) => waivers));
  if (all.length === 0) return undefined;

  const { active = [], expired: past = [] } = Object.groupBy(all, ({ state }) => state);
  const expired = sumOfNodes(past);
  const days = [...Map.groupBy(active, ({ mark }) => mark.until)].toSorted(byText(([until]) => until));
  const owners = (each: typeof active) => [...new Set(each.map(({ mark }) => mark.by))];
  return html`<h2>Waived until when</h2>
    <ul>
      ${days.slice(0, mostDays).map(([until, each]) => html`<li>${until}: ${howMany(sumOfNodes(each), 'verdict')}, accepted by ${nameList(owners(each), 3)}</li>`)}
      ${days.length > mostDays ? html`<li>later: ${howMany(sumOfNodes(days.slice(mostDays).flatMap(([, each]) => each)), 'verdict')}</li>` : undefined}
      ${expired > 0 ? html`<li>expired: ${howMany(expired, 'verdict')} that no waiver covers any more</li>` : undefined}
    </ul>
    <p class="quiet"><a href="#waivers">All waivers</a></p>`;
}

const sumOfNodes = (waivers: readonly { readonly nodes: number }[]): number =>
  waivers.reduce((sum, { nodes: count }) => sum + count, 0);
