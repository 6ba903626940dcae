import { waiverText } from '../../findings/asff/status-reasons.ts';
import { waiverOf } from '../../findings/roll-up.ts';
import type { Control } from '../../judge/control.ts';
import { alikeBy } from '../../model/alike-by.ts';
import { isWaived } from '../../model/is-waived.ts';
import type { Verdict, VerdictStatus } from '../../model/model.ts';
import type { ReportedNode } from '../../model/reported-audit.ts';
import { verdictStatuses } from '../../model/statuses.ts';
import { byText } from '../../model/text/by-text.ts';
import { originText, viaText } from '../../model/text/origin-text.ts';
import { evidenceIn, reasonIn } from '../../model/verdict-parts.ts';
import { controlList } from '../control-list.ts';
import { accessName } from './matrix.ts';

export interface TableRow {
  readonly nodes: readonly [ReportedNode, ...ReportedNode[]];
  /** One control, or how many and which. */
  readonly controls: string;
  readonly status: VerdictStatus;
  /** A failure that a person has accepted. */
  readonly waived: boolean;
  readonly value: string;
  readonly where: string;
  /** It is unknown because of the source, not because of the node. */
  readonly blind: boolean;
}

interface TableRowsOptions {
  readonly controls: readonly Control[];
  readonly benchmark: string;
  /** Many nodes of a group that say the same are one row. */
  readonly brief: boolean;
}

/**
 * The rows of one cluster, the worst first, then by node group. With one control, each node has its row. With several, a failure keeps its own row,
 * and three things are listed once for all their controls. These are the controls that a node passes, those that one reason leaves unknown, and what
 * a source cannot show of any node (configz no modes of files). With `brief`, many nodes of one group with the same result are one row too.
 */
export function tableRows(nodes: readonly ReportedNode[], options: TableRowsOptions): readonly TableRow[] {
  const rows = nodes.flatMap((node) => rowsOf(node, options));
  const several = options.controls.length > 1;
  const joined = several ? acrossNodes(rows) : rows;

  return [...sorted(accessRows(nodes, options.brief)), ...sorted(options.brief ? alikeTogether(joined) : joined)];
}

/** The headline of each node, which leads: the nodes on which all is well as one row. */
function accessRows(nodes: readonly ReportedNode[], brief: boolean): readonly TableRow[] {
  const rows = nodes.flatMap((node): readonly TableRow[] => {
    if (!node.access) return [];
    const { status, because } = node.access;
    const shared = { nodes: [node] as const, controls: accessName, value: '', where: because, blind: false };
    return [status === 'waived' ? { ...shared, status: 'fail', waived: true } : { ...shared, status, waived: false }];
  });

  const isWell = ({ status }: TableRow) => status === 'pass' || status === 'not-applicable';
  const rest = rows.filter((each) => !isWell(each));
  const well = alikeBy(rows.filter(isWell), ({ status }) => status);
  return [...(brief ? alikeTogether(rest) : rest), ...[...well.values()].map(asOne)];
}

const sorted = (rows: readonly TableRow[]): readonly TableRow[] =>
  rows.toSorted(
    (one, other) =>
      verdictStatuses.indexOf(one.status) - verdictStatuses.indexOf(other.status) ||
      Number(one.waived) - Number(other.waived) ||
      byText<TableRow>(({ nodes: [{ node }] }) => node.group.name)(one, other),
  );

/** So many nodes of a group are still listed one by one. */
const mostAlike = 10;

/** A control that was asked, and what came of it. */
export interface Judged {
  readonly control: Control;
  readonly verdict: Verdict;
}

/** The controls that were judged for the node. */
export const judgedOf = (node: ReportedNode, controls: readonly Control[]): readonly Judged[] =>
  controls.flatMap((control): readonly Judged[] => {
    const verdict = node.verdicts[control.slug];
    return verdict ? [{ control, verdict }] : [];
  });

function rowsOf(node: ReportedNode, options: TableRowsOptions): readonly TableRow[] {
  return [...alikeBy(judgedOf(node, options.controls), reasonKey).values()].map((group) => {
    const [{ verdict }, ...others] = group;
    const [value, where] = others.length === 0 ? valueCells(verdict) : ['', together(node, group)];
    const controls = controlList(
      group.map((each) => each.control),
      options,
    );
    const blind = group.every((each) => cannotShow(node, each));
    const waived = isWaived(verdict);
    return { nodes: [node], controls, status: verdict.status, waived, value, where, blind };
  });
}

/** Equal for verdicts of one node that need no row each. */
function reasonKey({ control, verdict }: Judged): string {
  if (verdict.status === 'pass') return 'pass';
  return evidenceIn(verdict) ? control.slug : `${verdict.status} ${whyOf(verdict)}`;
}

/** What several verdicts have in common: the sources and the notes of a node's passes, or the one reason. */
function together({ facts }: ReportedNode, group: readonly Judged[]): string {
  const sources = group.flatMap(({ verdict }) => (verdict.status === 'pass' ? [viaText[verdict.evidence.via]] : []));
  const reasons = group.map(({ verdict }) => whyOf(verdict)).filter(Boolean);
  if (sources.length === 0) return [...new Set(reasons)].join('; ');

  return [`by ${[...new Set(sources)].join(', ')}`, ...(facts?.notes ?? [])].join('; ');
}

/** The value, and where it comes from with all notes about it. */
export function valueCells(verdict: Verdict): readonly [string, string] {
  const evidence = evidenceIn(verdict);
  if (!evidence) return ['', whyOf(verdict)];

  const { value, origin, via, notes } = evidence;
  const joined = [`${originText(origin)}, by ${viaText[via]}`, whyOf(verdict), ...notes].filter(Boolean);
  return [value, joined.join('; ')];
}

/** The reason of a verdict, and what a person has accepted, or had. */
export function whyOf(verdict: Verdict): string {
  const waiver = waiverOf(verdict);
  return [reasonIn(verdict), waiver && waiverText(waiver)].filter(Boolean).join('; ');
}

/** A node was read by a source that shows settings only, and this is none. No other source was tried on it, which would be a reason of its own. */
export const cannotShow = ({ facts, otherFacts = [], failures }: ReportedNode, { control, verdict }: Judged): boolean =>
  verdict.status === 'unknown' &&
  control.about.kind !== 'setting' &&
  failures.length === 0 &&
  facts !== undefined &&
  [facts, ...otherFacts].every(({ via }) => via !== 'ssm');

function acrossNodes(rows: readonly TableRow[]): readonly TableRow[] {
  const groups = alikeBy(rows, (row) => (row.blind ? `${row.controls}\n${row.where}` : row));
  return [...groups.values()].map(asOne);
}

function alikeTogether(rows: readonly TableRow[]): readonly TableRow[] {
  const groups = alikeBy(rows, ({ nodes: [{ node }], controls, status, value, where }) =>
    // A reason may name its node.
    [node.group.kind, node.group.name, node.kind, controls, status, value, where.replaceAll(node.key, '')].join('\n'),
  );
  return [...groups.values()].flatMap((alike) => (alike.length > mostAlike ? [asOne(alike)] : alike));
}

const asOne = ([first, ...others]: readonly [TableRow, ...TableRow[]]): TableRow => {
  return { ...first, nodes: [first.nodes[0], ...others.map((each) => each.nodes[0])] };
};
