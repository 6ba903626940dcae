import type { ReportedNode } from '../../model/reported-audit.ts';
import { sentence } from '../../model/text/sentence.ts';
import { hanging } from '../../model/text/wrap.ts';
import { controlsLeftOut } from '../not-looked-at.ts';

/** A reason of at most this length is written in its row. */
const longestInRow = 20;

/** Where one source's reason ends and the next one's begins. */
const betweenSources = /; (?=(?:direct|configz|ssm|tls|wire|files): )/;

/** Reasons listed once, below a table, and named by number in its rows: what ten nodes have in common is one sentence. */
export class Footnotes {
  readonly #numbers = new Map<string, number>();

  /** What is written in the row: a short text as it is, or the numbers of a long text's parts, at most so many. */
  refer(sentence: string, most = Number.POSITIVE_INFINITY): string {
    const text = sentence.replace(/^running configuration, by /, 'by ');
    if (text.length <= longestInRow) return text;

    const [first = '', ...more] = partsOf(text);
    const isShort = first.length <= longestInRow;
    const noted = [...(isShort ? [] : [first]), ...more].slice(0, Math.max(0, most));
    return [...(isShort ? [first] : []), ...noted.map((each) => this.#number(each))].join(' ');
  }

  /** The sentences, in the order of their numbers. */
  get notes(): readonly (readonly [number: string, text: string])[] {
    return [...this.#numbers].map(([text, number]) => [`[${number}]`, text]);
  }

  #number(text: string): string {
    const number = this.#numbers.get(text) ?? this.#numbers.size + 1;
    this.#numbers.set(text, number);
    return `[${number}]`;
  }
}

/** One source's reason each; or the origin of a value, and all that is said about it. */
function partsOf(text: string): readonly string[] {
  const [own = '', ...bySource] = text.split(betweenSources);
  const end = betweenSources.test(`; ${own}`) ? -1 : own.indexOf('; ');
  return [...(end === -1 ? [own] : [own.slice(0, end), own.slice(end + 2)]), ...bySource];
}

/** The controls that were left out, and what would show them; empty for none. */
export const leftOutText = (audit: Parameters<typeof controlsLeftOut>[0], benchmark: string): string =>
  controlsLeftOut(audit, benchmark)
    .map(({ message, remedy }) => `${sentence(message)} ${sentence(remedy)}`)
    .join(' ');

/** Nodes named in one line; a node group usually drifts as a whole. */
const mostNames = 3;

/** What runs otherwise than its files say: one line for each thing that one or more nodes show, under a heading, or nothing at all. */
export function driftLines(nodes: readonly ReportedNode[], width = Number.POSITIVE_INFINITY): readonly string[] {
  const said = Map.groupBy(
    nodes.flatMap(({ node, drift = [] }) => drift.map(({ because }) => ({ name: node.name ?? node.key, because }))),
    ({ because }) => because,
  );
  if (said.size === 0) return [];

  return [
    '  Not restarted since an edit:',
    ...[...said].map(([because, drifting]) =>
      hanging('  ~ ', `${namesOf(drifting.map(({ name }) => name))}: ${because}`, width),
    ),
  ];
}

function namesOf(names: readonly string[]): string {
  const more = names.length - mostNames;
  return `${names.slice(0, mostNames).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
