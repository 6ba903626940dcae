import { linkHorizontal, stack } from 'd3-shape';
import type { VNode } from 'preact';
import type { Statement } from '../../findings/statement.ts';
import { causeText, statementGroup } from '../../findings/statement-words.ts';
import { accessDoors } from '../../judge/access.ts';
import {
  type AccessState,
  accessStates,
  type Language,
  type StateCounts,
  stateList,
  stateOrder,
  sumOfStates,
} from '../../model/access-states.ts';
import { html, nodes, stateTag } from './html.ts';

/** A smaller share of the bar has no room for its number. */
const roomForNumber = 0.04;

/** Nodes by state as one bar. Its name for screen readers has all numbers. */
export function nodeBar(counts: StateCounts, withNumbers = false): VNode | undefined {
  const all = sumOfStates(counts);
  if (all === 0) return undefined;

  const shown = stateOrder.filter((each) => counts[each] > 0);
  const parts = stack<unknown, StateCounts, AccessState>().keys(shown)([counts]);
  const percent = (count: number): string => `${((count / all) * 100).toFixed(2)}%`;
  return html`<svg class="bar" role="img" aria-label=${`${nodes(all)}: ${stateList(counts)}`}>
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

/** The bar of all nodes, and below it each number with what it means. */
export function allNodes(counts: StateCounts, language: Language = 'en'): VNode | undefined {
  const bar = nodeBar(counts, true);
  return (
    bar &&
    html`<div class="all-nodes">${bar}
      <ul class="legend" aria-label="nodes by state">
        ${stateOrder.filter((each) => counts[each] > 0).map((each) => html`<li>${stateTag(each, language)} ${counts[each]}<span class="quiet">: ${accessStates[each][language].meaning}</span></li>`)}
      </ul>
    </div>`
  );
}

/** Pictures of one cluster; the table above them has every statement. */
const mostPictures = 6;
const box = { width: 165, height: 30 };

interface Door {
  readonly x: number;
  readonly y: number;
  readonly name: string;
  /** Who gets in by it; absent for what is no door. */
  readonly state?: AccessState;
}

/** Which way into the kubelet is open for whom, for each node group that is not closed. */
export function doorsPart(statements: readonly Statement[]): VNode | undefined {
  const shown = statements.filter(({ state }) => state !== 'closed' && state !== 'run-by-aws').slice(0, mostPictures);
  return shown.length === 0
    ? undefined
    : html`<details>
        <summary>Who gets in, as a picture</summary>
        ${shown.map(
          (each) => html`<p>${nodes(each.nodes)} of ${statementGroup(each)}: ${causeText(each)}</p>
            <div class="scroll" role="group" aria-label="who gets in" tabindex="0">${picture(each)}</div>`,
        )}
      </details>`;
}

/** Two ports: one whose clients are authenticated and authorized, and one that asks for nothing. A door is red only if strangers pass it. */
function picture(statement: Statement): VNode {
  const { clientCa, anonymous, readOnlyPort, authorization } = accessDoors;
  const stateOf = (slug: string, ifOpen: AccessState): AccessState => {
    const standing = statement.causes.find(({ control }) => control === slug)?.standing;
    if (standing === 'fail') return ifOpen;
    if (standing === undefined) return 'closed';
    if (standing === 'waived') return 'waived';
    return standing === 'warn' ? 'refuses-api-server' : 'not-read';
  };
  const door = (at: Pick<Door, 'x' | 'y' | 'name'>, state: AccessState, [open, closed]: readonly [string, string]) => {
    const isKnown = state !== 'not-read' && state !== 'refuses-api-server';
    const known = state === 'closed' ? closed : open;
    return { ...at, name: `${at.name}: ${isKnown ? known : 'not known'}`, state };
  };

  const client: Door = { x: 5, y: 75, name: 'any client' };
  const port: Door = { x: 205, y: 45, name: 'port 10250' };
  const strangers = 'strangers-get-in';
  const openPort = door({ x: 205, y: 125, name: 'port 10255' }, stateOf(readOnlyPort.slug, strangers), [
    'open',
    'closed',
  ]);
  const ways: readonly Door[] = [
    door({ x: 400, y: 15, name: 'certificate' }, stateOf(clientCa.slug, 'api-server-not-authenticated'), [
      'not checked',
      'checked',
    ]),
    { x: 400, y: 50, name: 'token' },
    door({ x: 400, y: 85, name: 'anonymous' }, stateOf(anonymous.slug, strangers), ['let in', 'refused']),
  ];
  const authorizer = door({ x: 600, y: 50, name: 'authorizer' }, stateOf(authorization.slug, strangers), [
    'allows all',
    'asks',
  ]);
  const arrows = [
    [client, port],
    [client, openPort],
    ...ways.flatMap((way) => [
      [port, way],
      [way, authorizer],
    ]),
  ];
  return html`<svg class="doors" viewBox="0 0 770 150" role="img" aria-label=${`who gets in: ${causeText(statement)}`}>
    ${arrows.map(([from = client, to = client]) => html`<path class="arrow" d=${linkHorizontal()({ source: [from.x + box.width, from.y], target: [to.x, to.y] })} />`)}
    ${[client, port, openPort, ...ways, authorizer].map(
      ({ x, y, name, state }) => html`<g class=${state ?? 'plain'}>
        <rect x=${x} y=${y - box.height / 2} width=${box.width} height=${box.height} rx="4" />
        <text x=${x + box.width / 2} y=${y + 5} text-anchor="middle">${name}</text>
      </g>`,
    )}
  </svg>`;
}
