import type { Control } from '../control.ts';
import { printable } from '../kubelet/printable.ts';
import type { Audit, ClusterAudit, Problem, VerdictStatus } from '../model.ts';
import { countVerdicts } from '../outcome.ts';
import { driftLines } from './drift-lines.ts';
import { type TableRow, tableRows } from './table-rows.ts';
import { hanging, wrap } from './wrap.ts';

/** Draws rows as a table, and colours words: the only things that a report for people needs from the outside. */
export interface TableStyle {
  /** `lead` is the column that a reader looks for first: where the rows are too wide, it comes first. */
  readonly draw: (head: readonly string[], rows: readonly (readonly string[])[], lead?: number) => string;
  readonly colour: (text: string, status: VerdictStatus) => string;
  readonly bold: (text: string) => string;
  /** Columns of the screen that is written to; none for a file, where no line is broken and each node has its row. */
  readonly width?: number;
}

interface Context {
  readonly controls: readonly Control[];
  readonly style: TableStyle;
}

/**
 * What a person wants to read: each cluster's nodes with group, verdict, value and where the value comes from; the worst first. With several controls,
 * what one node passes, or cannot be told of it for one reason, is one row.
 */
export function tableReport(audit: Audit, { controls, style }: Context): string {
  const parts = [
    ...audit.clusters.map((cluster) => clusterPart(cluster, audit.benchmark, { controls, style })),
    ...(audit.problems.length > 0 ? [problemLines(audit.problems, style.width).join('\n')] : []),
    summary(audit, style),
  ];
  return `${parts.join('\n\n')}\n`;
}

function clusterPart(audit: ClusterAudit, benchmark: string, { controls, style }: Context): string {
  const several = controls.length > 1;
  const rows = tableRows(audit.nodes, { controls, benchmark, brief: style.width !== undefined });

  // Nobody knows the group and the kind of a node whose files were given by hand.
  const known = audit.inventory.from !== 'saved';
  const head = [
    'NODE',
    ...(known ? ['NODE GROUP', 'KIND'] : []),
    ...(several ? ['CONTROL'] : []),
    'VERDICT',
    'VALUE',
    'WHERE IT COMES FROM',
  ];
  const cells = rows.map((row) => [
    nodesCell(row),
    ...(known
      ? [
          oneOrHowMany(
            row.nodes.map(({ node }) => node.group.name),
            'groups',
          ),
          oneOrHowMany(
            row.nodes.map(({ node }) => node.kind),
            'kinds',
          ),
        ]
      : []),
    ...(several ? [row.controls] : []),
    style.colour(row.status, row.status),
    plain(row.value),
    plain(row.where),
  ]);

  return [
    style.bold(wrap(plain(title(audit)), style.width ?? Number.POSITIVE_INFINITY)),
    ...(cells.length > 0 ? [style.draw(head, cells, head.indexOf('VERDICT'))] : []),
    ...(rows.some(isSummed)
      ? ['  Nodes of a group that say the same are one row here; --output and --format json name each.']
      : []),
    ...driftLines(audit.nodes, style.width),
    ...problemLines(audit.problems, style.width),
    ...publishedLines(audit),
  ].join('\n');
}

/** Names, and what AWS and the API server say, come from others: one line, and nothing that moves a terminal. */
const plain = (text: string): string => printable(text, 4_000);

const order: readonly VerdictStatus[] = ['fail', 'warn', 'unknown', 'pass', 'not-applicable'];

function nodesCell(row: TableRow): string {
  const [{ node }, ...others] = row.nodes;
  const name = node.name && node.name !== node.key ? `${node.name} (${node.key})` : node.key;
  if (others.length === 0) return plain(name);
  return `${row.nodes.length} nodes${isSummed(row) ? `, such as ${plain(node.name ?? node.key)}` : ''}`;
}

/** Many nodes of one group as one row. */
const isSummed = ({ nodes, blind }: TableRow): boolean => nodes.length > 1 && !blind;

function oneOrHowMany(words: readonly string[], what: string): string {
  const distinct = new Set(words);
  return distinct.size > 1 ? `${distinct.size} ${what}` : plain([...distinct].join(''));
}

function title({ cluster, inventory, nodes }: ClusterAudit): string {
  const where = cluster.arn ? ` (${cluster.arn.region}, ${cluster.arn.accountId})` : '';
  const version = cluster.version ? `, Kubernetes ${cluster.version}` : '';
  const counted = `${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'}`;
  const listed = {
    kubernetes: `${counted} listed by the API server`,
    tags: `${counted} known to AWS by tags`,
    saved: counted,
    none: 'its nodes could not be listed',
  }[inventory.from];
  return `${cluster.name}${where}${version}: ${listed}`;
}

const problemLines = (problems: readonly Problem[], width = Number.POSITIVE_INFINITY): readonly string[] =>
  problems.flatMap((each) => [hanging('  ! ', plain(each.message), width), hanging('    ', plain(each.remedy), width)]);

function publishedLines({ published }: ClusterAudit): readonly string[] {
  if (!published) return [];

  return [
    `  Security Hub took ${published.imported} ${published.imported === 1 ? 'finding' : 'findings'}`,
    ...published.rejected.map(
      (each) => `  ! Security Hub refused ${plain(`${each.id}: ${each.code}: ${each.message}`)}`,
    ),
    ...published.notSent.map((each) => `  ! not sent: ${plain(`${each.id}: ${each.because}`)}`),
  ];
}

function summary(audit: Audit, style: TableStyle): string {
  const counts = countVerdicts(audit);
  const words = order
    .filter((status) => counts[status] > 0)
    .map((status) => style.colour(`${counts[status]} ${status}`, status));
  if (audit.clusters.length + audit.problems.length === 0) return 'no EKS cluster is there: nothing was audited';

  const clusters = `${audit.clusters.length} ${audit.clusters.length === 1 ? 'cluster' : 'clusters'}`;
  return `${clusters}: ${words.join(', ') || 'no verdict'} (${audit.benchmark})`;
}
