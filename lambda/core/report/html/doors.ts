import { linkHorizontal } from 'd3-shape';
import type { VNode } from 'preact';
import type { AccessPosture, Standing } from '../posture.ts';
import { standingWords } from '../standing-words.ts';
import { html } from './html.ts';
import { nodes } from './words.ts';

/** Pictures of one cluster; the list above them has every kind. */
const mostPictures = 6;
const [width, height] = [760, 150];
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
  return html`<svg class="doors" viewBox=${`0 0 ${width} ${height}`} role="img" aria-label=${`doors of the kubelet: ${because}`}>
    ${arrows.map(([from = client, to = client]) => html`<path class="arrow" d=${linkHorizontal()({ source: [from.x + box.width, from.y], target: [to.x, to.y] })} />`)}
    ${[client, port, openPort, ...ways, authorizer].map(
      ({ x, y, name, standing }) => html`<g class=${standing ?? 'plain'}>
        <rect x=${x} y=${y - box.height / 2} width=${box.width} height=${box.height} rx="4" />
        <text x=${x + box.width / 2} y=${y + 5} text-anchor="middle">${standing ? `${name}: ${standingWords[standing]}` : name}</text>
      </g>`,
    )}
  </svg>`;
}
