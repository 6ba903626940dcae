import type { VNode } from 'preact';
import { severities } from '../../judge/control.ts';
import { type ClusterPosture, groupName, standings } from '../posture.ts';
import { standingWords } from '../standing-words.ts';
import { html } from './html.ts';
import { filterToken, ownerWords } from './words.ts';

/** Of owners and node groups that one can choose; the text finds the others. */
const mostChoices = 300;

/** Shown by the script only, which is what filters. */
export function filterForm(clusters: readonly ClusterPosture[]): VNode {
  const groups = clusters.flatMap(({ groups: each }) => each.map(({ group }) => groupName(group)));
  const owners = clusters.flatMap(({ open }) => open.flatMap((each) => each.owners));

  return html`<div>
  <h2 id="clusters">Cluster by cluster</h2>
  <form hidden aria-label="filter">
  <label>Filter <input type="search" name="text" placeholder="cluster, node group, node, value" /></label>
  ${standings
    .filter((each) => each !== 'not-applicable')
    .map(
      (each) =>
        html`<label><input type="checkbox" name="standing" value=${each} checked /> ${standingWords[each]}</label>`,
    )}
  <label>Severity <select name="severity"><option value="">all</option>${severities.toReversed().map((each) => html`<option>${each.toLowerCase()}</option>`)}</select></label>
  ${
    clusters.length > 1
      ? choice(
          'Cluster',
          'cluster',
          clusters.map(({ id }) => id),
        )
      : undefined
  }
  ${owners.some((each) => each !== '') ? choice('Owner', 'owner', owners.toSorted(), ownerWords) : undefined}
  ${new Set(groups).size > 1 ? choice('Node group', 'group', groups.toSorted()) : undefined}
  <output class="quiet"></output>
</form>
</div>`;
}

const choice = (label: string, name: string, all: readonly string[], textOf = (value: string) => value): VNode =>
  html`<label>${label} <select name=${name}><option value="">all</option>${[...new Set(all)].slice(0, mostChoices).map((value) => html`<option value=${filterToken(value)}>${textOf(value)}</option>`)}</select></label>`;
