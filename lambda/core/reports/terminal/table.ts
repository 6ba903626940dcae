import type { Control } from '../../control.ts';
import type { VerdictStatus } from '../../model.ts';
import { type AccessCounts, type Counts, countAccess, countVerdicts, countWaived } from '../../outcome.ts';
import type { Published } from '../../published.ts';
import { howMany } from '../../text/how-many.ts';
import { plain, problemLines } from '../problem-lines.ts';
import type { Report, ReportedAudit, RunEnd } from '../report.ts';
import { hanging, wrap } from '../wrap.ts';
import { driftLines, Footnotes, leftOutText } from './below-table.ts';
import { coverageLines } from './coverage-lines.ts';
import { accessName, type TableRow, tableRows } from './table-rows.ts';

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
  readonly benchmark: string;
  readonly style: TableStyle;
  /** Whether clusters about which there is nothing to tell take one line each: a thousand of them must stay readable. */
  readonly brief?: boolean;
  /** Only rows of these verdicts; all without. Counts stay whole. */
  readonly only?: readonly VerdictStatus[];
}

/**
 * What a person wants to read: each cluster's nodes with group, verdict, value and where the value comes from; the worst first. With several controls,
 * what one node passes, or cannot be told of it for one reason, is one row.
 */
export function tableReport(context: Context): Report {
  let last: 'nothing' | 'line' | 'block' = 'nothing';
  const unseen = new Set<string>();
  const leftOut = new Set<string>();
  const next = (kind: 'line' | 'block', text: string) => {
    const apart = last === 'nothing' || (last === 'line' && kind === 'line') ? '' : '\n';
    last = kind;
    return `${apart}${text}\n`;
  };

  return {
    begin: () => [],
    *cluster(audit) {
      const { only, style } = context;
      const rows = tableRows(audit.nodes, { ...context, brief: style.width !== undefined }).filter(
        ({ status }) => !only || only.includes(status),
      );
      // Of many clusters it is the same: told once, at the end.
      if (context.brief) leftOut.add(leftOutText(audit, context.benchmark));
      if (!context.brief || !isQuiet(audit, rows)) {
        yield next('block', clusterPart(audit, rows, context));
        return;
      }
      // Why a source cannot show something is the same for every cluster: told once, at the end.
      for (const { blind, controls, where } of rows) if (blind) unseen.add(`${controls}: ${where}`);
      yield next('line', quietLine(audit, context.style));
    },
    *end(run) {
      const { tally, coverage } = run;
      const { style } = context;
      if (tally.problems.length > 0) yield next('block', problemLines(tally.problems, style.width).join('\n'));
      const whyUnseen = [...unseen].map((each) => hanging('  ? ', plain(each), style.width ?? unbroken));
      const unasked = [...leftOut].filter(Boolean).map((each) => hanging('  - ', plain(each), style.width ?? unbroken));
      const told = [hanging('', summary(run, style), style.width ?? unbroken), ...whyUnseen, ...unasked];
      yield next('block', told.join('\n'));
      if (coverage) yield next('block', coverageLines(coverage, style.width).join('\n'));
    },
  };
}

/** Nothing failed or is suspected, what is unknown its sources cannot show of any node, and no fault was met. */
const isQuiet = ({ nodes, problems, published }: ReportedAudit, rows: readonly TableRow[]): boolean =>
  rows.every(({ status, blind }) => blind || status === 'pass' || status === 'not-applicable') &&
  nodes.every(({ drift = [] }) => drift.length === 0) &&
  problems.length === 0 &&
  (published?.rejected.length ?? 0) + (published?.notSent.length ?? 0) === 0;

function quietLine(audit: ReportedAudit, style: TableStyle): string {
  const words = [
    `${style.bold(plain(title(audit)))}: ${leadWords(countAccess(audit), style)}${verdictWords(countVerdicts(audit), countWaived(audit), style)}`,
    ...(audit.published ? [publishedText(audit.published)] : []),
  ];
  return hanging('', words.join('; '), style.width ?? unbroken);
}

function clusterPart(
  audit: ReportedAudit,
  rows: readonly TableRow[],
  { controls, benchmark, brief, style }: Context,
): string {
  const several = controls.length > 1 || rows.some((row) => row.controls === accessName);
  // On a narrow screen a node is one line: its verdict first, its short name, and what is long as a note below the table.
  const narrow = style.width !== undefined && style.width < fullWidth;
  const notes = new Footnotes();
  const names = narrow ? shortNames(audit) : new Map<string, string>();

  // Nobody knows the group and the kind of a node whose files were given by hand.
  const known = audit.inventory.from !== 'saved';
  const head = [
    ...(narrow ? ['VERDICT'] : []),
    'NODE',
    ...(known ? ['NODE GROUP'] : []),
    ...(known && !narrow ? ['KIND'] : []),
    ...(several ? ['CONTROL'] : []),
    ...(narrow ? [] : ['VERDICT']),
    'VALUE',
    narrow ? 'FROM' : 'WHERE IT COMES FROM',
  ];
  const verdict = (row: TableRow) =>
    row.waived ? style.colour('waived', 'warn') : style.colour(row.status, row.status);
  const cells = rows.map((row) => [
    ...(narrow ? [verdict(row)] : []),
    nodesCell(row, names),
    ...(known
      ? [
          oneOrHowMany(
            row.nodes.map(({ node }) => node.group.name),
            'groups',
          ),
        ]
      : []),
    ...(known && !narrow
      ? [
          oneOrHowMany(
            row.nodes.map(({ node }) => node.kind),
            'kinds',
          ),
        ]
      : []),
    ...(several ? [row.controls] : []),
    ...(narrow ? [] : [verdict(row)]),
    plain(row.value),
    narrow ? notes.refer(plain(row.where)) : plain(row.where),
  ]);

  return [
    style.bold(wrap(plain(title(audit)), style.width ?? unbroken)),
    ...(cells.length > 0 ? [style.draw(head, cells, head.indexOf('VERDICT'))] : []),
    ...notes.notes.map(([number, text]) => hanging(`  ${number.padEnd(4)} `, text, style.width ?? unbroken)),
    ...(rows.some(isSummed)
      ? ['  Nodes of a group that say the same are one row here; --output and --format json name each.']
      : []),
    ...(brief ? [] : leftOutLines(audit, { benchmark, style })),
    ...driftLines(audit.nodes, style.width),
    ...problemLines(audit.problems, style.width),
    ...publishedLines(audit),
  ].join('\n');
}

const unbroken = Number.POSITIVE_INFINITY;

/** From so many columns on a row has room for its whole sentence. */
const fullWidth = 200;

/** By key, the host part of each name that no other node of the cluster shares; the others are called by key. */
function shortNames({ nodes }: ReportedAudit): ReadonlyMap<string, string> {
  const short = nodes.flatMap(({ node: { key, name } }) =>
    name ? [{ key, name: name.replace(/\.(?:[a-z0-9-]+\.compute|ec2)\.internal$/, '') }] : [],
  );
  const shared = Map.groupBy(short, ({ name }) => name);
  return new Map(short.filter(({ name }) => shared.get(name)?.length === 1).map(({ key, name }) => [key, name]));
}

function leftOutLines(
  audit: ReportedAudit,
  { benchmark, style }: Pick<Context, 'benchmark' | 'style'>,
): readonly string[] {
  const text = leftOutText(audit, benchmark);
  return text ? [hanging('  - ', plain(text), style.width ?? unbroken)] : [];
}

const order: readonly VerdictStatus[] = ['fail', 'warn', 'unknown', 'pass', 'not-applicable'];

function nodesCell(row: TableRow, names: ReadonlyMap<string, string>): string {
  const [{ node }, ...others] = row.nodes;
  const short = names.get(node.key);
  if (short !== undefined && others.length === 0) return plain(short);
  const name = node.name && node.name !== node.key ? `${node.name} (${node.key})` : node.key;
  if (others.length === 0) return plain(name);
  return `${row.nodes.length} nodes${isSummed(row) ? `, such as ${plain(short ?? node.name ?? node.key)}` : ''}`;
}

/** Many nodes of one group as one row. */
const isSummed = ({ nodes, blind, controls, status }: TableRow): boolean =>
  nodes.length > 1 && !blind && !(controls === accessName && status === 'pass');

function oneOrHowMany(words: readonly string[], what: string): string {
  const distinct = new Set(words);
  return distinct.size > 1 ? `${distinct.size} ${what}` : plain([...distinct].join(''));
}

function title({ cluster, inventory, nodes }: ReportedAudit): string {
  const where = cluster.arn ? ` (${cluster.arn.region}, ${cluster.arn.accountId})` : '';
  const version = cluster.version ? `, Kubernetes ${cluster.version}` : '';
  const counted = howMany(nodes.length, 'node');
  const listed = {
    kubernetes: `${counted} listed by the API server`,
    tags: `${counted} known to AWS by tags`,
    saved: counted,
    none: 'its nodes could not be listed',
  }[inventory.from];
  return `${cluster.name}${where}${version}: ${listed}`;
}

function publishedLines({ published }: ReportedAudit): readonly string[] {
  if (!published) return [];

  return [
    `  ${publishedText(published)}`,
    ...published.rejected.map(
      (each) => `  ! Security Hub refused ${plain(`${each.id}: ${each.code}: ${each.message}`)}`,
    ),
    ...published.notSent.map((each) => `  ! not sent: ${plain(`${each.id}: ${each.because}`)}`),
  ];
}

/** `Security Hub took 3 findings (2 created, 1 archived), 30 unchanged` */
function publishedText(published: Published): string {
  const kinds = (['created', 'updated', 'reopened', 'refreshed', 'archived'] as const)
    .filter((kind) => published[kind] > 0)
    .map((kind) => `${published[kind]} ${kind}`);
  const took = `Security Hub took ${howMany(published.imported, 'finding')}`;
  return `${took}${kinds.length > 0 ? ` (${kinds.join(', ')})` : ''}, ${published.unchanged} unchanged`;
}

function summary({ tally, benchmark, coverage }: RunEnd, style: TableStyle): string {
  const { verdicts, waived, access, clusters, nodes, problems } = tally;
  if (clusters === 0)
    return problems.length + (coverage?.gaps.length ?? 0) > 0
      ? 'no EKS cluster was audited'
      : 'no EKS cluster is there: nothing was audited';

  const counted = `${howMany(clusters, 'cluster')}, ${howMany(nodes, 'node')}`;
  return `${counted}: ${leadWords(access, style)}${verdictWords(verdicts, waived, style)} (${benchmark})`;
}

/** The headline leads; results of an older program have none. */
function leadWords({ waived, ...counts }: AccessCounts, style: TableStyle): string {
  const words = verdictWords({ ...counts, fail: counts.fail + waived }, waived, style);
  return words === noVerdict ? '' : `${accessName} ${words}; controls `;
}

const noVerdict = 'no verdict';

function verdictWords(verdicts: Counts, waived: number, style: TableStyle): string {
  const counts = { ...verdicts, fail: verdicts.fail - waived };
  const words = order.flatMap((status) => [
    ...(counts[status] > 0 ? [style.colour(`${counts[status]} ${status}`, status)] : []),
    ...(status === 'fail' && waived > 0 ? [style.colour(`${waived} waived`, 'warn')] : []),
  ]);
  return words.join(', ') || noVerdict;
}
