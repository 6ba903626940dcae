import type { Control } from '../../judge/control.ts';
import { accessStates } from '../../model/access-states.ts';
import { addCounts } from '../../model/add-counts.ts';
import type { ReportedAudit, ReportedNode } from '../../model/reported-audit.ts';
import { allOf } from '../../model/text/words.ts';
import { columns, hanging } from '../../model/text/wrap.ts';
import { verdictStanding } from '../../model/verdict-parts.ts';
import { plain } from '../not-looked-at.ts';
import { noStandings, type Standing, type StandingCounts, standings } from '../posture.ts';
import { controlNumber, controlNumbers, type ReportedControls, type TableStyle } from '../report.ts';
import { standingWords } from '../standing-words.ts';

/** The headline's name where others have the name of a control. */
export const accessName = 'access';

/** One cluster's row: how many of its nodes have which verdict, by control and by the headline. */
export type ClusterRow = ReturnType<typeof clusterRow>;

export function clusterRow({ cluster, inventory, nodes, clusterVerdicts = {} }: ReportedAudit) {
  /** By slug of the control, or `access`. */
  const cells = new Map<string, StandingCounts>();
  const count = (key: string, standing: Standing) => {
    const cell = cells.get(key) ?? noStandings;
    cells.set(key, { ...cell, [standing]: cell[standing] + 1 });
  };
  const countAll = (verdicts: ReportedNode['verdicts']) => {
    for (const [slug, verdict] of Object.entries(verdicts)) count(slug, verdictStanding(verdict));
  };
  for (const { access, verdicts } of nodes) {
    if (access) count(accessName, access.status);
    countAll(verdicts);
  }
  countAll(clusterVerdicts);

  return {
    name: plain(cluster.name),
    region: cluster.arn?.region ?? '',
    accountId: cluster.arn?.accountId ?? '',
    // `undefined` when they could not be listed.
    nodes: inventory.from === 'none' ? undefined : nodes.length,
    cells,
  };
}

type MatrixOptions = ReportedControls & { readonly style: TableStyle };

/** Never a colour alone. */
export const signs: Readonly<Record<Standing, string>> = {
  fail: '✗',
  warn: '!',
  unknown: '?',
  waived: '~',
  pass: '✓',
  'not-applicable': '–',
};

interface Column {
  readonly head: string;
  readonly cells: readonly string[];
}

/** The headline, or a control by its number. */
interface Question {
  readonly key: string;
  readonly head: string;
  readonly control?: Control;
}

/**
 * Clusters × controls: what does not simply pass, as signs with numbers of nodes. Controls that pass wherever they were judged have one line together. On
 * a screen that is too narrow a cell keeps its worst verdict; where even that is too wide, the columns are drawn block below block.
 */
export function matrixLines(clusters: readonly ClusterRow[], options: MatrixOptions): readonly string[] {
  const { style, benchmark } = options;
  const { width } = style;
  const rows = clusters.length > 1 ? [...clusters, totalOf(clusters)] : clusters;
  const asked = questionsOf(options).filter(({ key }) => clusters.some(({ cells }) => cells.has(key)));
  const differing = asked.filter(({ key }) => key === accessName || !clusters.every((each) => isWell(each, key)));
  const shown = differing.length > 0 ? differing : asked;

  const names = nameColumns(rows, width);
  const nodes = { head: 'NODES', cells: rows.map((row) => `${row.nodes ?? '?'}`.padStart(5)) };
  const layout = (isBrief: boolean, gap: number) => {
    const textOf = (key: string) => rows.map(({ cells }) => cellText(cells.get(key) ?? noStandings, isBrief, style));
    const all = shown.map(({ key, head }): Column => ({ head, cells: textOf(key) }));
    return { isBrief, gap, blocks: packed(all, { gap, room: width - widthOf([...names, nodes], gap) }) };
  };
  const full = layout(false, 2);
  const brief = layout(true, 1);
  const { isBrief, gap, blocks } = brief.blocks.length < full.blocks.length ? brief : full;

  const even = asked.filter((each) => !shown.includes(each)).flatMap(({ control }) => control ?? []);
  const notes = [
    ...(shown.some(({ key }) => key === accessName) ? [`ACCESS: ${accessStates.closed.en.meaning}`] : []),
    legend(rows, shown, { isBrief, style }),
    ...(even.length > 0 ? [`${signs.pass} on every node that was judged: ${controlNumbers(even, benchmark)}`] : []),
    shown
      .flatMap(({ head, control }) => (control && head !== control.slug ? [`${head}\u00a0${control.slug}`] : []))
      .join(', '),
  ];
  return [
    ...blocks.map((block, index) => drawn([...names, ...(index === 0 ? [nodes] : []), ...block], gap)),
    ...notes.filter(Boolean).map((each) => hanging('  ', each, width).replaceAll('\u00a0', ' ')),
  ];
}

const questionsOf = ({ controls, benchmark }: Pick<MatrixOptions, 'controls' | 'benchmark'>): readonly Question[] => [
  { key: accessName, head: 'ACCESS' },
  ...controls.map((control) => ({
    key: control.slug,
    head: controlNumber(control, benchmark) ?? control.slug,
    control,
  })),
];

const isWell = ({ cells }: ClusterRow, key: string): boolean => openIn(cells.get(key) ?? noStandings).length === 0;

/** The standings that are neither a pass nor out of scope, the worst first. */
const openIn = (counts: StandingCounts): readonly Standing[] =>
  standings.filter((each) => each !== 'pass' && each !== 'not-applicable' && counts[each] > 0);

function totalOf(clusters: readonly ClusterRow[]): ClusterRow {
  const cells = new Map<string, StandingCounts>();
  for (const each of clusters)
    for (const [key, counts] of each.cells) cells.set(key, addCounts(cells.get(key) ?? noStandings, counts));

  return {
    name: allOf(clusters.length, 'cluster'),
    region: '',
    accountId: '',
    nodes: clusters.reduce((all, { nodes = 0 }) => all + nodes, 0),
    cells,
  };
}

/** The names of the clusters, and the Regions and accounts if they differ. */
function nameColumns(rows: readonly ClusterRow[], width: number): readonly Column[] {
  // The whole name is written above the cluster's nodes.
  const longest = Math.max(16, Math.floor(width / 3));
  const cut = (name: string) => (columns(name) <= longest ? name : `${name.slice(0, longest - 1)}…`);
  const places: readonly Column[] = [
    { head: 'REGION', cells: rows.map(({ region }) => region) },
    { head: 'ACCOUNT', cells: rows.map(({ accountId }) => accountId) },
  ];
  return [
    { head: 'CLUSTER', cells: rows.map(({ name }) => cut(name)) },
    ...places.filter(({ cells }) => new Set(cells.filter(Boolean)).size > 1),
  ];
}

/** `✗5 ?2`; in brief `✗5+`: the worst, and that there is more. */
function cellText(counts: StandingCounts, isBrief: boolean, { colour }: TableStyle): string {
  const [worst, ...others] = shownIn(counts);
  if (worst === undefined) return '';
  const painted = (standing: Standing, count: string) => colour(`${signs[standing]}${count}`, standing);
  if (worst === 'pass' || worst === 'not-applicable') return painted(worst, '');
  if (isBrief) return painted(worst, `${counts[worst]}${others.length > 0 ? '+' : ''}`);
  return [worst, ...others].map((each) => painted(each, String(counts[each]))).join(' ');
}

/** The open standings; a pass, or not applicable, only if there are none. */
function shownIn(counts: StandingCounts): readonly Standing[] {
  const open = openIn(counts);
  return open.length > 0 ? open : standings.filter((each) => counts[each] > 0).slice(0, 1);
}

const columnWidth = ({ head, cells }: Column): number =>
  cells.reduce((widest, cell) => Math.max(widest, columns(cell)), head.length);

/** With the margin, and the gaps between them. */
const widthOf = (all: readonly Column[], gap: number): number =>
  all.reduce((sum, each) => sum + columnWidth(each) + gap, 1 - gap);

/** As many columns side by side as fit; what is left over begins a block of its own. */
function packed(
  all: readonly Column[],
  { gap, room }: { readonly gap: number; readonly room: number },
): readonly (readonly Column[])[] {
  const blocks: Column[][] = [];
  let left = 0;
  for (const each of all) {
    const width = columnWidth(each) + gap;
    const last = blocks.at(-1);
    if (last && width <= left) last.push(each);
    else {
      blocks.push([each]);
      left = room;
    }
    left -= width;
  }
  return blocks;
}

function drawn(all: readonly Column[], gap: number): string {
  const widths = all.map(columnWidth);
  const line = (cells: readonly string[]) =>
    ` ${cells.map((each, index) => each + ' '.repeat((widths[index] ?? 0) - columns(each) + gap)).join('')}`.trimEnd();
  const rows = (all[0]?.cells ?? []).map((_, row) => line(all.map(({ cells }) => cells[row] ?? '')));
  return [line(all.map(({ head }) => head)), ...rows].join('\n');
}

/** The meanings of the signs that the matrix has. */
function legend(
  rows: readonly ClusterRow[],
  shown: readonly Question[],
  { isBrief, style }: { readonly isBrief: boolean; readonly style: TableStyle },
): string {
  const there = rows.flatMap(({ cells }) => shown.flatMap(({ key }) => shownIn(cells.get(key) ?? noStandings)));
  const word = (standing: Standing) => (standing === 'pass' ? 'all pass' : standingWords[standing]);
  const used = standings
    .filter((each) => there.includes(each))
    .map((each) => `${style.colour(signs[each], each)}\u00a0${word(each)}`);
  if (used.length === 0) return '';
  return `Numbers of nodes: ${used.join(', ')}${isBrief ? '; + other verdicts, too' : ''}`;
}
