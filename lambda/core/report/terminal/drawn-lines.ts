import type { ReportedAudit } from '../../model/reported-audit.ts';
import { hanging } from '../../model/text/wrap.ts';
import { plain } from '../not-looked-at.ts';
import type { TableStyle } from '../report.ts';
import { isFolded, type NodeFinding, type NodeLine } from './node-lines.ts';

/** From this width on, a row has room for its whole sentence. */
const fullWidth = 240;

/** The lines as a table: verdict, node, group, and what was found with the numbers of its reasons, which are listed below it. */
export function drawnLines(audit: ReportedAudit, lines: readonly NodeLine[], style: TableStyle): readonly string[] {
  if (lines.length === 0) return [];
  const notes = new Footnotes(style.width < fullWidth ? longestInRow : Number.POSITIVE_INFINITY);
  const names = shortNames(audit);
  // The group of a node is unknown when its files were given by hand.
  const known = audit.inventory.from !== 'saved';
  const rows = lines.map((line) => [
    style.colour(line.standing, line.standing),
    nodesCell(line, names),
    ...(known ? [groupsCell(line)] : []),
    foundText(line.found, notes),
  ]);
  return [
    style.draw(['VERDICT', 'NODE', ...(known ? ['NODE GROUP'] : []), 'WHAT WAS FOUND'], rows).replaceAll('\u00a0', ' '),
    ...notes.notes.map(([number, text]) => hanging(`  ${number.padEnd(4)} `, text, style.width)),
  ];
}

/** `ip-10-0-1-11` of `ip-10-0-1-11.eu-west-1.compute.internal`; an address stays whole. */
const hostOf = (name: string): string => (/^[\d.]+$/.test(name) ? name : name.replace(/\..*$/s, ''));

/** By key, the host part of each name that no other node of the cluster shares; the others are called by key. */
function shortNames({ nodes }: ReportedAudit): ReadonlyMap<string, string> {
  const short = nodes.flatMap(({ node: { key, name } }) => (name ? [{ key, name: hostOf(name) }] : []));
  const shared = Map.groupBy(short, ({ name }) => name);
  return new Map(short.filter(({ name }) => shared.get(name)?.length === 1).map(({ key, name }) => [key, name]));
}

function nodesCell(line: NodeLine, names: ReadonlyMap<string, string>): string {
  const [{ node }, ...others] = line.nodes;
  const name = plain(names.get(node.key) ?? node.key);
  if (others.length === 0) return name;
  return `${line.nodes.length} nodes${isFolded(line) ? `, such as ${name}` : ''}`;
}

/** Names of groups are listed as far as they are no longer than this. */
const longestGroups = 28;

function groupsCell({ nodes }: NodeLine): string {
  const groups = [...new Set(nodes.map(({ node }) => node.group.name))].toSorted();
  const names = plain(groups.join(', '));
  return groups.length > 1 && names.length > longestGroups ? `${groups.length} groups` : names;
}

/** Notes of one line. */
const mostNotes = 3;

/** `no client CA [1]; anonymous access`: a reason has the number of its note where it was not there before, and a line at most three. */
function foundText(found: readonly NodeFinding[], notes: Footnotes): string {
  const given = new Set<string>();
  const refer = (where: string): string => {
    const text = notes.refer(plain(where), mostNotes - given.size);
    const left = text.split(' ').filter((each) => !given.has(each));
    for (const each of left) if (/^\[\d+\]$/.test(each)) given.add(each);
    return left.join(' ');
  };
  return found
    .map(({ label, where }) => {
      const [name, reference] = [plain(label), refer(where)];
      const between = name === '' || reference === '' ? '' : reference.startsWith('[') ? ' ' : ': ';
      return unbroken(`${name}${between}${reference}`);
    })
    .join('; ');
}

/** A control, its value and its numbers stay on one line. */
const unbroken = (words: string): string => (words.length <= 40 ? words.replaceAll(' ', '\u00a0') : words);

/** A reason of at most this length is written in its row. */
const longestInRow = 20;

/** Where one source's reason ends and the next one's begins. */
const betweenSources = /; (?=(?:direct|configz|ssm|tls|wire|files): )/;

/** Reasons listed once, below a table, and named by number in its rows: what ten nodes have in common is one sentence. */
export class Footnotes {
  readonly #numbers = new Map<string, number>();
  readonly #longest: number;

  constructor(longest = longestInRow) {
    this.#longest = longest;
  }

  /** The text of the row: a short text unchanged, or the numbers of a long text's parts, at most so many. */
  refer(sentence: string, most = Number.POSITIVE_INFINITY): string {
    const text = sentence.replace(/^running configuration, by /, 'by ');
    if (text.length <= this.#longest) return text;

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
