import type { VNode } from 'preact';
import { type Severity, severities } from '../../judge/control.ts';
import { addCounts } from '../../model/add-counts.ts';
import { byText } from '../../model/text/by-text.ts';
import { howMany } from '../../model/text/how-many.ts';
import type { FailingMachines } from '../../run/answer.ts';
import { byOwner } from '../../run/failing-machines.ts';
import { type Comparison, failuresOf, type HistoryRun } from '../history/posture-history.ts';
import { changeWords } from '../history-words.ts';
import { type ClusterPosture, noStandings } from '../posture.ts';
import { html } from './html.ts';
import { ownerWords, scrolling } from './words.ts';

export interface ManagerOptions {
  /** What is new since the run before. */
  readonly compared?: Comparison;
  /** Runs with this one at the end, whose failures are the trend; the page has a section of them. */
  readonly runs?: readonly HistoryRun[];
}

/** On how many machines a stranger gets in, or the API server is not known. */
export function openMachines(clusters: readonly ClusterPosture[]): VNode | undefined {
  const counts = clusters.flatMap(({ access }) => access?.counts ?? []).reduce(addCounts, noStandings);
  const all = Object.values(counts).reduce((sum, each) => sum + each, 0);
  if (all === 0) return undefined;

  const { fail, warn, unknown, waived } = counts;
  const rest = [
    ...(warn > 0 ? [`${warn} ${warn === 1 ? 'is' : 'are'} in doubt`] : []),
    ...(unknown > 0 ? [`${unknown} ${unknown === 1 ? 'is' : 'are'} unknown`] : []),
    ...(waived > 0 ? [`${waived} ${waived === 1 ? 'is' : 'are'} open and waived`] : []),
  ];
  return html`<p class="open-machines"><strong>${fail === 0 ? 'None' : fail} of ${howMany(all, 'machine')} ${fail < 2 ? 'is' : 'are'} open</strong>. A machine is open if its kubelet doesn't authenticate the API server or lets other clients in.${rest.length > 0 ? ` ${rest.join(', ')}.` : ''}</p>`;
}

/** What is new, the trend, what fails by severity and owner, and what is waived until when. */
export const managerPart = (clusters: readonly ClusterPosture[], options: ManagerOptions): VNode =>
  html`<div>${newSentence(options)} ${trendSentence(options)} ${failures(clusters)} ${waivedUntil(clusters)}</div>`;

const newSentence = ({ compared }: ManagerOptions): VNode | undefined =>
  compared && html`<p><a href="#new">Since run ${compared.before}</a>: ${changeWords(compared)}</p>`;

function trendSentence({ runs = [] }: ManagerOptions): VNode | undefined {
  const failing = runs.map(({ startedAt, clusters }) => ({ startedAt, count: failuresOf(clusters.values()) }));
  const [first, ...others] = failing;
  const last = others.at(-1);
  if (!first || !last) return undefined;

  const most = failing.reduce((one, { count }) => Math.max(one, count), 0);
  return html`<p><a href="#trend">Trend</a>: ${howMany(first.count, 'failure')} on ${first.startedAt.slice(0, 10)}, ${last.count} in this run; at most ${most} in ${howMany(runs.length, 'run')}.</p>`;
}

const worstSeverityFirst: readonly Severity[] = severities.toReversed();

function failures(clusters: readonly ClusterPosture[]): VNode | undefined {
  const open = clusters.flatMap(({ id, open: results }) => results.map((each) => ({ id, ...each })));
  const machines = byOwner(clusters.flatMap(({ failing = [] }) => failing));
  const rows = worstSeverityFirst.flatMap((severity) => {
    const failing = open.filter(({ control, standing }) => control.severity === severity && standing === 'fail');
    const warn = open.filter(({ control, standing }) => control.severity === severity && standing === 'warn');
    return failing.length + warn.length > 0 ? [{ severity, failing, warn }] : [];
  });
  if (rows.length === 0) return undefined;

  const distinct = (all: readonly { readonly id: string }[]) => new Set(all.map(({ id }) => id)).size;
  const failingOf = (severity: Severity) => machines.reduce((sum, each) => sum + (each.bySeverity[severity] ?? 0), 0);
  const withMachines = clusters.some(({ failing }) => failing);
  const withOwners = machines.some(({ owner }) => owner !== undefined);
  return html`<h2>Failures by severity${withOwners ? ' and owner' : ''}</h2>
    <p class="quiet">${withMachines ? 'Machines that fail, each counted once a severity; n' : 'N'}ode groups × controls that fail or warn.</p>
    ${scrolling(
      'failures by severity',
      html`<table>
        <thead><tr><th scope="col">severity</th>${withMachines ? html`<th scope="col" class="number">machines</th>` : undefined}<th scope="col" class="number">fail</th><th scope="col" class="number">warn</th><th scope="col" class="number">clusters</th></tr></thead>
        <tbody>
          ${rows.map(
            ({ severity, failing, warn }) => html`<tr>
              <th scope="row">${severity.toLowerCase()}</th>
              ${withMachines ? html`<td class="number">${failingOf(severity)}</td>` : undefined}
              <td class="number">${failing.length}</td>
              <td class="number">${warn.length}</td>
              <td class="number">${distinct([...failing, ...warn])}</td>
            </tr>`,
          )}
        </tbody>
      </table>`,
    )}
    ${withOwners ? ownerTable(machines) : undefined}`;
}

function ownerTable(machines: readonly FailingMachines[]): VNode {
  const shown = worstSeverityFirst.filter((severity) => machines.some(({ bySeverity }) => bySeverity[severity]));
  return html`<p class="quiet">Machines that fail, by owner. An owner is what a tag says: a claim of those who may set it, quoted here and proved by nothing.</p>
    ${scrolling(
      'failing machines by owner and severity',
      html`<table>
        <thead><tr><th scope="col">owner, by tag</th><th scope="col" class="number">machines</th>${shown.map((severity) => html`<th scope="col" class="number">${severity.toLowerCase()}</th>`)}</tr></thead>
        <tbody>
          ${machines.map(
            ({ owner, others, machines: count, bySeverity }) => html`<tr>
              <th scope="row">${others ? 'other owners' : ownerWords(owner)}</th>
              <td class="number">${count}</td>
              ${shown.map((severity) => html`<td class="number">${bySeverity[severity] ?? 0}</td>`)}
            </tr>`,
          )}
        </tbody>
      </table>`,
    )}`;
}

/** Last days that the first screen names; the section has all. */
const mostDays = 5;

/** The nearest last day first; what has expired covers nothing. */
function waivedUntil(clusters: readonly ClusterPosture[]): VNode | undefined {
  const all = clusters.flatMap(({ open, quiet }) => [...open, ...quiet].flatMap(({ waivers }) => waivers));
  const active = all.filter(({ state }) => state === 'active');
  const [expired, days] = [
    sumOfNodes(all.filter(({ state }) => state === 'expired')),
    [...Map.groupBy(active, ({ mark }) => mark.until)].toSorted(byText(([until]) => until)),
  ];
  if (all.length === 0) return undefined;

  const owners = (each: typeof active) => [...new Set(each.map(({ mark }) => mark.by))];
  const named = (by: readonly string[]) =>
    `${by.slice(0, 3).join(', ')}${by.length > 3 ? ` and ${by.length - 3} more` : ''}`;
  return html`<h2>Waived until when</h2>
    <ul>
      ${days.slice(0, mostDays).map(([until, each]) => html`<li>${until}: ${howMany(sumOfNodes(each), 'failure')}, accepted by ${named(owners(each))}</li>`)}
      ${days.length > mostDays ? html`<li>later: ${howMany(sumOfNodes(days.slice(mostDays).flatMap(([, each]) => each)), 'failure')}</li>` : undefined}
      ${expired > 0 ? html`<li>expired: ${howMany(expired, 'failure')} that no waiver covers any more</li>` : undefined}
    </ul>
    <p class="quiet">Failures are counted one a node and control. <a href="#waivers">All waivers</a></p>`;
}

const sumOfNodes = (waivers: readonly { readonly nodes: number }[]): number =>
  waivers.reduce((sum, { nodes }) => sum + nodes, 0);
