import { linkHorizontal, stack } from 'd3-shape';
import type { VNode } from 'preact';
import { type AccessPosture, type Standing, type StandingCounts, standings } from '../posture.ts';
import { countWords, standingWords } from '../standing-words.ts';
import { html, nodes, tag } from './html.ts';

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
              : html`<text x=${percent((from + to) / 2)} y="50%" dominant-baseline="central" text-anchor="middle">${counts[key]}</text>`,
          )
        : undefined
    }
  </svg>`;
}

const accessWords: Readonly<Record<Standing, string>> = {
  fail: 'open',
  warn: 'probably open',
  unknown: 'neither proved open nor closed',
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

/** Pictures of one cluster; the list above them has every kind. */
const mostPictures = 6;
const box = { width: 150, height: 30 };

interface Door {
  readonly x: number;
  readonly y: number;
  readonly name: string;
  readonly standing?: Standing | undefined;
}

type Open = AccessPosture['open'][number];

/** How a client gets to the API of one kind of node that is not closed: by which port, past which door, each as it was found. */
export function doorsPart({ open }: AccessPosture): VNode | undefined {
  const shown = open.slice(0, mostPictures);
  return shown.length === 0
    ? undefined
    : html`<details class="kept">
        <summary>The doors of these kubelets, as a picture</summary>
        ${shown.map(
          (kind) => html`<p>${nodes(kind.nodes)} of ${kind.groups.join(', ')}: ${kind.because}</p>
            <div class="scroll" role="group" aria-label="doors" tabindex="0">${picture(kind)}</div>`,
        )}
      </details>`;
}

/** Two ports: one whose clients are authenticated and authorized, and one that asks nobody. */
function picture({ doors, because }: Open): VNode {
  const client: Door = { x: 5, y: 75, name: 'any client' };
  const port: Door = { x: 195, y: 45, name: 'port 10250' };
  const openPort: Door = { x: 195, y: 125, name: 'port 10255', standing: doors.readOnlyPort };
  const ways: readonly Door[] = [
    { x: 385, y: 15, name: 'certificate', standing: doors.clientCa },
    { x: 385, y: 50, name: 'token' },
    { x: 385, y: 85, name: 'anonymous', standing: doors.anonymous },
  ];
  const authorizer: Door = { x: 585, y: 50, name: 'authorizer', standing: doors.authorization };
  const arrows = [
    [client, port],
    [client, openPort],
    ...ways.flatMap((way) => [
      [port, way],
      [way, authorizer],
    ]),
  ];
  return html`<svg class="doors" viewBox="0 0 760 150" role="img" aria-label=${`doors of the kubelet: ${because}`}>
    ${arrows.map(([from = client, to = client]) => html`<path class="arrow" d=${linkHorizontal()({ source: [from.x + box.width, from.y], target: [to.x, to.y] })} />`)}
    ${[client, port, openPort, ...ways, authorizer].map(
      ({ x, y, name, standing }) => html`<g class=${standing ?? 'plain'}>
        <rect x=${x} y=${y - box.height / 2} width=${box.width} height=${box.height} rx="4" />
        <text x=${x + box.width / 2} y=${y + 5} text-anchor="middle">${standing ? `${name}: ${standingWords[standing]}` : name}</text>
      </g>`,
    )}
  </svg>`;
}
