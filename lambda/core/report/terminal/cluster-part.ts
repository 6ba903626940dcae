import type { Control } from '../../judge/control.ts';
import type { VerdictStatus } from '../../model/model.ts';
import type { ReportedAudit } from '../../model/reported-audit.ts';
import { howMany } from '../../model/text/how-many.ts';
import { hanging, wrap } from '../../model/text/wrap.ts';
import { claimsOf } from '../../run/claims.ts';
import { claimWords, suppressedWords } from '../claim-words.ts';
import { numberedFor } from '../control-list.ts';
import { asksNoNode } from '../posture.ts';
import { plain, problemLines } from '../problem-lines.ts';
import { driftLines, Footnotes } from './below-table.ts';
import { clusterVerdictLines } from './cluster-verdicts.ts';
import { accessName } from './matrix.ts';
import { nextNodeLines } from './next-node-lines.ts';
import { drawnLines, isFolded, nodeLines } from './node-lines.ts';
import { type TableRow, tableRows } from './table-rows.ts';
import type { TableStyle } from './table-style.ts';

interface ClusterPartOptions {
  readonly controls: readonly Control[];
  readonly benchmark: string;
  readonly style: TableStyle;
  /** Of many clusters: what AWS does not confirm is then in their coverage. */
  readonly brief?: boolean;
  /** Only rows of these verdicts; all without. */
  readonly only?: readonly VerdictStatus[];
}

/** One cluster for people. */
export interface ClusterPart {
  readonly text: string;
  /** Nothing fails or warns, what is unknown its sources cannot show of any node, and no fault was met. */
  readonly isQuiet: boolean;
  /** There is nothing to show but its name: all its rows have verdicts that were filtered out. */
  readonly isEmpty: boolean;
  /** What its sources cannot show of any node. */
  readonly unseen: readonly string[];
  /** Whether several nodes that do not simply pass are one row. */
  readonly isFolded: boolean;
}

/** The nodes of a cluster, the worst first, and below them the other results. */
export function clusterPart(audit: ReportedAudit, chosen: ClusterPartOptions): ClusterPart {
  const options = numberedFor(chosen, audit);
  const shown = chosen.benchmark === 'auto' ? `, ${options.benchmark}` : '';
  const { width = Number.POSITIVE_INFINITY } = options.style;
  const { rows, drawn } = width < fullWidth ? asLines(audit, options) : asRows(audit, options);
  const next = nextNodeLines(audit, options);
  const ofCluster = [
    ...clusterVerdictLines(audit, options),
    ...next.lines,
    ...noteLines(audit, width),
    ...(options.brief ? [] : claimLines(audit, width)),
  ];
  const faults = [
    ...driftLines(audit.nodes, width),
    ...problemLines(audit.problems, width),
    ...unpublishedLines(audit),
  ];

  return {
    text: [options.style.bold(wrap(plain(title(audit, shown)), width)), ...drawn, ...ofCluster, ...faults].join('\n'),
    isQuiet:
      rows.every(({ status, blind }) => blind || status === 'pass' || status === 'not-applicable') &&
      Object.values(audit.clusterVerdicts ?? {}).every(({ status }) => status === 'pass') &&
      !next.isFailing &&
      faults.length === 0,
    isEmpty: options.only !== undefined && drawn.length + ofCluster.length + faults.length === 0,
    unseen: rows.flatMap(({ blind, says }) => (blind ? [says] : [])),
    isFolded: rows.some((each) => each.isFolded),
  };
}

/** Notes: nothing was left unread because of them, and this audit needs no action. */
const noteLines = ({ notes = [] }: ReportedAudit, width: number): readonly string[] =>
  notes.map(({ message, remedy }) => hanging('  - ', plain(`${message}; ${remedy}`), width));

/** Suppressed failures stand here too: nothing of either was left unread. */
function claimLines(audit: ReportedAudit, width: number): readonly string[] {
  const claims = claimsOf(audit);
  return [...(claims ? claimWords(claims) : []), ...(audit.suppressed ? [suppressedWords(audit.suppressed)] : [])].map(
    (each) => hanging('  - ', plain(each), width),
  );
}

/** From this width on, a row has room for its whole sentence. */
const fullWidth = 240;

/** What counts of a row, in both drawings. */
interface DrawnPart {
  readonly rows: readonly {
    readonly status: VerdictStatus;
    readonly blind: boolean;
    readonly says: string;
    readonly isFolded: boolean;
  }[];
  readonly drawn: readonly string[];
}

/** A narrow screen: a node is one line, and what is long is a note below the table. */
function asLines(audit: ReportedAudit, { style, only, controls, benchmark }: ClusterPartOptions): DrawnPart {
  const lines = nodeLines(audit.nodes, { controls, benchmark }).map((line) => ({
    line,
    status: line.standing === 'waived' ? ('fail' as const) : line.standing,
    blind: line.blind,
    says: line.found.map(({ label, where }) => `${label}: ${where}`).join('; '),
    isFolded: isFolded(line),
  }));
  const rows = lines.filter(({ status }) => !only || only.includes(status));

  const notes = new Footnotes();
  const options = { notes, style };
  const table =
    rows.length > 0
      ? drawnLines(
          audit,
          rows.map(({ line }) => line),
          options,
        )
      : undefined;
  return {
    rows,
    drawn: [
      ...(table === undefined ? [] : [table]),
      ...notes.notes.map(([number, text]) => hanging(`  ${number.padEnd(4)} `, text, style.width ?? fullWidth)),
    ],
  };
}

/** Where there is room: a node and a control, or what several have in common, is one row with its whole sentence. */
function asRows(audit: ReportedAudit, { style, only, controls, benchmark }: ClusterPartOptions): DrawnPart {
  const rows = tableRows(audit.nodes, { controls, benchmark, brief: style.width !== undefined }).filter(
    ({ status }) => !only || only.includes(status),
  );
  const several = controls.length > 1 || rows.some((row) => row.controls === accessName);
  // The group and the kind of a node are unknown when its files were given by hand.
  const known = audit.inventory.from !== 'saved';
  const head = [
    'NODE',
    ...(known ? ['NODE GROUP', 'KIND'] : []),
    ...(several ? ['CONTROL'] : []),
    ...['VERDICT', 'VALUE', 'WHERE IT COMES FROM'],
  ];
  const cells = rows.map((row) => [
    nodesCell(row),
    ...(known ? groupCells(row) : []),
    ...(several ? [row.controls] : []),
    row.waived ? style.colour('waived', 'warn') : style.colour(row.status, row.status),
    plain(row.value),
    plain(row.where),
  ]);

  return {
    rows: rows.map((row) => ({
      status: row.status,
      blind: row.blind,
      says: `${row.controls}: ${row.where}`,
      isFolded: isSummed(row),
    })),
    drawn: cells.length > 0 ? [style.draw(head, cells, head.indexOf('VERDICT'))] : [],
  };
}

function nodesCell(row: TableRow): string {
  const [{ node }, ...others] = row.nodes;
  const name = node.name && node.name !== node.key ? `${node.name} (${node.key})` : node.key;
  if (others.length === 0) return plain(name);
  return `${row.nodes.length} nodes${isSummed(row) ? `, such as ${plain(node.name ?? node.key)}` : ''}`;
}

/** Many nodes of one group as one row. */
const isSummed = ({ nodes, blind, controls, status }: TableRow): boolean =>
  nodes.length > 1 && !blind && !(controls === accessName && status === 'pass');

const groupCells = ({ nodes }: TableRow): readonly string[] => [
  oneOrHowMany(
    nodes.map(({ node }) => node.group.name),
    'groups',
  ),
  oneOrHowMany(
    nodes.map(({ node }) => node.kind),
    'kinds',
  ),
];

function oneOrHowMany(words: readonly string[], what: string): string {
  const distinct = new Set(words);
  return distinct.size > 1 ? `${distinct.size} ${what}` : plain([...distinct].join(''));
}

function title(audit: ReportedAudit, benchmark: string): string {
  const { cluster, inventory, nodes } = audit;
  const where = cluster.arn ? ` (${cluster.arn.region}, ${cluster.arn.accountId})` : '';
  const version = cluster.version ? `, Kubernetes ${cluster.version}` : '';
  const counted = howMany(nodes.length, 'node');
  const listed = {
    kubernetes: `${counted} listed by the API server`,
    tags: `${counted} known to AWS by tags`,
    saved: counted,
    none: 'its nodes could not be listed',
  }[inventory.from];
  return `${cluster.name}${where}${version}${benchmark}${asksNoNode(audit) ? '' : `: ${listed}`}`;
}

/** Findings that Security Hub should hold and does not. */
function unpublishedLines({ published }: ReportedAudit): readonly string[] {
  if (!published) return [];

  return [
    ...published.rejected.map(
      (each) => `  ! Security Hub refused ${plain(`${each.id}: ${each.code}: ${each.message}`)}`,
    ),
    ...published.notSent.map((each) => `  ! not sent: ${plain(`${each.id}: ${each.because}`)}`),
  ];
}
