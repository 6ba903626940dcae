import type { Control } from '../control.ts';
import type { Audit, ClusterAudit, NodeAudit, Problem, Verdict, VerdictStatus } from '../model.ts';
import { originText, viaText } from '../origin-text.ts';
import { countVerdicts } from '../outcome.ts';

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

/** What a person wants to read: each cluster's nodes with group, verdict, value and where the value comes from; the worst first. */
export function tableReport(audit: Audit, { controls, style }: Context): string {
  const parts = [
    ...audit.clusters.map((cluster) => clusterPart(cluster, { controls, style })),
    ...(audit.problems.length > 0 ? [problemLines(audit.problems).join('\n')] : []),
    summary(audit, style),
  ];
  return `${parts.join('\n\n')}\n`;
}

function clusterPart(audit: ClusterAudit, { controls, style }: Context): string {
  const several = controls.length > 1;
  const rows = audit.nodes
    .flatMap((node) => controls.map((control) => ({ node, control, verdict: node.verdicts[control.slug] })))
    .flatMap(({ node, control, verdict }) => (verdict ? [{ node, control, verdict }] : []))
    .toSorted(
      (a, b) =>
        order.indexOf(a.verdict.status) - order.indexOf(b.verdict.status) ||
        a.node.node.group.name.localeCompare(b.node.node.group.name),
    );

  const head = ['NODE', 'NODE GROUP', ...(several ? ['CONTROL'] : []), 'VERDICT', 'VALUE', 'WHERE IT COMES FROM'];
  const cells = rows.map(({ node, control, verdict }) => [
    nodeName(node),
    node.node.group.name,
    ...(several ? [control.slug] : []),
    style.colour(verdict.status, verdict.status),
    ...valueCells(verdict),
  ]);

  return [
    style.bold(title(audit)),
    ...(cells.length > 0 ? [style.draw(head, cells)] : []),
    ...problemLines(audit.problems),
    ...publishedLines(audit),
  ].join('\n');
}

const order: readonly VerdictStatus[] = ['fail', 'warn', 'unknown', 'pass', 'not-applicable'];

const nodeName = ({ node }: NodeAudit): string =>
  node.name && node.name !== node.key ? `${node.name} (${node.key})` : node.key;

function valueCells(verdict: Verdict): readonly [string, string] {
  if (!('evidence' in verdict) || !verdict.evidence) return ['', 'because' in verdict ? verdict.because : ''];

  const { evidence } = verdict;
  const because = 'because' in verdict ? [verdict.because] : [];
  return [
    evidence.value,
    [`${originText(evidence.origin)}, by ${viaText[evidence.via]}`, ...because, ...evidence.notes].join('; '),
  ];
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
