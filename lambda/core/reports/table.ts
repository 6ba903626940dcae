import type { Control } from '../control.ts';
import type { Audit, ClusterAudit, Problem, VerdictStatus } from '../model.ts';
import { countVerdicts } from '../outcome.ts';
import { driftLines } from './drift-lines.ts';
import { type TableRow, tableRows } from './table-rows.ts';

/** Draws rows as a table, and colours words: the only things that a report for people needs from the outside. */
export interface TableStyle {
  readonly draw: (head: readonly string[], rows: readonly (readonly string[])[]) => string;
  readonly colour: (text: string, status: VerdictStatus) => string;
  readonly bold: (text: string) => string;
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
    ...(audit.problems.length > 0 ? [problemLines(audit.problems).join('\n')] : []),
    summary(audit, style),
  ];
  return `${parts.join('\n\n')}\n`;
}

function clusterPart(audit: ClusterAudit, benchmark: string, { controls, style }: Context): string {
  const several = controls.length > 1;
  const rows = tableRows(audit.nodes, { controls, benchmark });

  // Nobody knows the kind of a node whose files were given by hand.
  const kinds = audit.inventory.from !== 'saved';
  const head = [
    'NODE',
    'NODE GROUP',
    ...(kinds ? ['KIND'] : []),
    ...(several ? ['CONTROL'] : []),
    'VERDICT',
    'VALUE',
    'WHERE IT COMES FROM',
  ];
  const cells = rows.map((row) => [
    nodesCell(row.nodes),
    oneOrHowMany(
      row.nodes.map(({ node }) => node.group.name),
      'groups',
    ),
    ...(kinds
      ? [
          oneOrHowMany(
            row.nodes.map(({ node }) => node.kind),
            'kinds',
          ),
        ]
      : []),
    ...(several ? [row.controls] : []),
    style.colour(row.status, row.status),
    row.value,
    row.where,
  ]);

  return [
    style.bold(title(audit)),
    ...(cells.length > 0 ? [style.draw(head, cells)] : []),
    ...driftLines(audit.nodes),
    ...problemLines(audit.problems),
    ...publishedLines(audit),
  ].join('\n');
}

const order: readonly VerdictStatus[] = ['fail', 'warn', 'unknown', 'pass', 'not-applicable'];

function nodesCell(nodes: TableRow['nodes']): string {
  const [{ node }] = nodes;
  if (nodes.length > 1) return `${nodes.length} nodes`;
  return node.name && node.name !== node.key ? `${node.name} (${node.key})` : node.key;
}

function oneOrHowMany(words: readonly string[], what: string): string {
  const distinct = new Set(words);
  return distinct.size > 1 ? `${distinct.size} ${what}` : [...distinct].join('');
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

const problemLines = (problems: readonly Problem[]): readonly string[] =>
  problems.flatMap((each) => [`  ! ${each.message}`, `    ${each.remedy}`]);

function publishedLines({ published }: ClusterAudit): readonly string[] {
  if (!published) return [];

  return [
    `  Security Hub took ${published.imported} ${published.imported === 1 ? 'finding' : 'findings'}`,
    ...published.rejected.map((each) => `  ! Security Hub refused ${each.id}: ${each.code}: ${each.message}`),
    ...published.notSent.map((each) => `  ! not sent: ${each.id}: ${each.because}`),
  ];
}

function summary(audit: Audit, style: TableStyle): string {
  const counts = countVerdicts(audit);
  const words = order
    .filter((status) => counts[status] > 0)
    .map((status) => style.colour(`${counts[status]} ${status}`, status));
  const clusters = `${audit.clusters.length} ${audit.clusters.length === 1 ? 'cluster' : 'clusters'}`;
  return `${clusters}: ${words.join(', ') || 'no verdict'} (${audit.benchmark})`;
}
