import { stack } from 'd3-shape';
import type { VNode } from 'preact';
import { type Standing, type StandingCounts, standings } from '../posture.ts';
import { countWords } from '../standing-words.ts';
import { html } from './html.ts';
import { nodes, tag } from './words.ts';

/** A smaller share of the bar has no room for its number. */
const roomForNumber = 0.04;

const sumOf = (counts: StandingCounts): number => Object.values(counts).reduce((sum, each) => sum + each, 0);

/** Nodes by verdict as one bar. Its name for screen readers has all numbers. */
export function nodeBar(counts: StandingCounts, withNumbers = false): VNode | undefined {
  const all = sumOf(counts);
  if (all === 0) return undefined;

  const parts = stack<unknown, StandingCounts, Standing>().keys(standings.filter((each) => counts[each] > 0))([counts]);
  const percent = (count: number): string => `${((count / all) * 100).toFixed(2)}%`;
  return html`<svg class="bar" role="img" aria-label=${`${nodes(all)}: ${countWords(counts)}`}>
    ${parts.map(({ key, 0: [from, to] = [0, 0] }) => html`<rect class=${key} x=${percent(from)} width=${percent(to - from)} height="100%" />`)}
    ${
      withNumbers
        ? parts.map(({ key, 0: [from, to] = [0, 0] }) =>
            (to - from) / all < roomForNumber
              ? undefined
              : html`<text x=${percent((from + to) / 2)} y="20" text-anchor="middle">${counts[key]}</text>`,
          )
        : undefined
    }
  </svg>`;
}

const accessWords: Readonly<Record<Standing, string>> = {
  fail: 'open',
  warn: 'probably open',
  unknown: 'could not be read',
  waived: 'open, accepted by a waiver',
  pass: 'closed to strangers',
  'not-applicable': 'run by AWS and not read',
};

/** The bar of all nodes, and below it each number with what it means. */
export function allNodes(counts: StandingCounts): VNode | undefined {
  const bar = nodeBar(counts, true);
  return (
    bar &&
    html`<div class="all-nodes">${bar}
      <ul class="legend" aria-label="nodes by access">
        ${standings.filter((each) => counts[each] > 0).map((each) => html`<li>${tag(each)} ${nodes(counts[each])} ${accessWords[each]}</li>`)}
      </ul>
    </div>`
  );
}
