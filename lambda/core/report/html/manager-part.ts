import type { VNode } from 'preact';
import { type Statement, toFixFirst } from '../../findings/statement.ts';
import { causeText, changeText, closesText, ownerText, statementGroup } from '../../findings/statement-words.ts';
import type { Control } from '../../judge/control.ts';
import {
  accessStates,
  type Language,
  noStates,
  type StateCounts,
  stateOrder,
  sumOfStates,
} from '../../model/access-states.ts';
import { addCounts } from '../../model/add-counts.ts';
import { alikeBy } from '../../model/alike-by.ts';
import { byText, howMany, nameList } from '../../model/text/words.ts';
import { statesOf } from '../headline.ts';
import { type Comparison, failuresOf, type HistoryRun } from '../history/posture-history.ts';
import { changeWords } from '../history-words.ts';
import type { ClusterPosture } from '../posture.ts';
import { html, ownerWords, stateTag, table } from './html.ts';
import { allNodes } from './node-pictures.ts';

export interface ManagerOptions {
  readonly controls: readonly Control[];
  /** What is new since the run before. */
  readonly compared?: Comparison;
  /** Runs with this one at the end, whose failures are the trend; the page has a section of them. */
  readonly runs?: readonly HistoryRun[];
  /** Where a statement of a cluster is. */
  readonly statementLink: (cluster: ClusterPosture, statement: Statement) => string;
  readonly language?: Language;
}

/** How bad, better or worse, what to fix first, whose, and what is waived until when. */
export const managerPart = (clusters: readonly ClusterPosture[], options: ManagerOptions): VNode =>
  html`<div>${allNodes(statesOf(clusters), options.language)} ${newSentence(options)} ${fixFirstTable(clusters, options)} ${nodesByOwner(clusters, options)} ${waivedUntil(clusters)}</div>`;

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

const mostFixes = 12;

/** Each node group and state with something to fix: strangers first, then by severity and nodes. */
function fixFirstTable(
  clusters: readonly ClusterPosture[],
  { statementLink, language }: ManagerOptions,
): VNode | undefined {
  const all = clusters.flatMap((cluster) => cluster.statements.map((statement) => ({ cluster, statement })));
  const clusterOf = new Map(all.map(({ cluster, statement }) => [statement, cluster]));
  const fixes = toFixFirst([...clusterOf.keys()]);
  if (fixes.length === 0) return undefined;

  const rows = fixes.slice(0, mostFixes).map((each) => {
    const cluster = clusterOf.get(each);
    return [
      html`${stateTag(each.state, language)} ${causeText(each, language)}`,
      html`<a href=${cluster && statementLink(cluster, each)}>${statementGroup(each)}</a> of ${each.cluster}<br /><span class="quiet">${[each.accountId, each.region].filter(Boolean).join(', ')}</span>`,
      ownerText(each, language),
      each.nodes,
      html`${changeText(each, language)}<br /><span class="quiet">${closesText(each, language)}</span>`,
    ];
  });
  return html`<h2 id="first">What to fix first</h2>
    ${table(['state and cause', 'node group', 'owner', ['nodes', 'number'], 'fix'], {
      widths: ['', 'wide', 'part', 'narrow', 'wide'],
      rows,
      more: [fixes.length - rows.length, 'fixes'],
      scrolls: 'what to fix first',
    })}`;
}

/** Owners that the table names; the others are one row. */
const mostOwners = 20;

/** Nodes by owner and state: the owner is what a tag says, or the account. */
function nodesByOwner(clusters: readonly ClusterPosture[], { language = 'en' }: ManagerOptions): VNode | undefined {
  const statements = clusters.flatMap((each) => each.statements);
  if (toFixFirst(statements).length === 0) return undefined;

  const isTagged = statements.some(({ owners }) => owners.length > 0);
  const shown = stateOrder.filter((state) => statements.some((each) => each.state === state));
  const shares = statements.flatMap((each) => (isTagged ? sharesOf(each) : [{ ...each, name: each.accountId ?? '' }]));
  const owners = [...alikeBy(shares, ({ name }) => name)]
    .map(([name, of]) => {
      const counts = { ...noStates };
      for (const { state, nodes } of of) counts[state] += nodes;
      return [name, counts] as const;
    })
    .toSorted(([, one], [, other]) => openNodes(other) - openNodes(one) || sumOfStates(other) - sumOfStates(one));
  const row = (name: string, counts: StateCounts) => [name, ...shown.map((state) => counts[state])];
  const others = owners.slice(mostOwners).map(([, counts]) => counts);
  return html`<h2>Nodes by owner</h2>
    ${table(
      [
        isTagged ? 'owner, by tag' : 'account',
        ...shown.map((state) => [accessStates[state][language].name, 'number'] as const),
      ],
      {
        isSmall: true,
        scrolls: 'nodes by owner and state',
        rows: [
          ...owners
            .slice(0, mostOwners)
            .map(([name, counts]) => row(isTagged ? ownerWords(name) : name || 'unknown', counts)),
          ...(others.length > 0 ? [row(`${others.length} other owners`, others.reduce(addCounts, noStates))] : []),
        ],
      },
    )}
    ${isTagged ? html`<p class="quiet">An owner is what a tag says: a claim of those who may set it.</p>` : undefined}`;
}

interface Share extends Pick<Statement, 'state' | 'nodes'> {
  readonly name: string;
}

/** The nodes of a statement by owner; nodes without a named owner are the rest. */
function sharesOf({ state, nodes: all, owners }: Statement): readonly Share[] {
  const rest = owners.reduce((left, { nodes: count }) => left - count, all);
  const named = owners.map((each) => ({ ...each, state }));
  return rest > 0 ? [...named, { name: '', nodes: rest, state }] : named;
}

const openNodes = (counts: StateCounts): number => counts['strangers-get-in'] + counts['api-server-not-authenticated'];

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
