import { reasonText } from '../../findings/asff/status-reasons.ts';
import { recommendation } from '../../findings/remedies/remediation-text.ts';
import { remedyFor } from '../../findings/remedies/remedy.ts';
import type { RolledUp } from '../../findings/roll-up.ts';
import { rollUpWithNext } from '../../findings/roll-up-next.ts';
import { isWaived } from '../../model/is-waived.ts';
import type { VerdictStatus } from '../../model/model.ts';
import type { ReportedAudit, ReportedNode } from '../../model/reported-audit.ts';
import { type NotLookedAt, notLookedAtBy, notLookedAtIn } from '../not-looked-at.ts';
import type { Report } from '../report.ts';
import { type CsvReportOptions, clusterCells, controlCells, csvLines, mapped, nextOf, notLookedAtRows } from './csv.ts';

const nodeColumns = [
  ...['account', 'region', 'cluster', 'audited_at', 'node_group', 'node_group_kind', 'node', 'node_key', 'node_kind'],
  ...['kubelet_version', 'owner', 'access', 'access_because', 'fail', 'waived', 'warn', 'unknown', 'pass'],
];
const findingColumns = [
  ...['account', 'region', 'cluster', 'audited_at', 'subject', 'node_group', 'node_group_kind', 'control', 'number'],
  ...[
    'title',
    'severity',
    'status',
    'nodes_fail',
    'nodes_warn',
    'nodes_unknown',
    'nodes_pass',
    'waived_until',
    'waived_by',
  ],
  ...['reason', 'remedy', 'requirements'],
];

/** A row for each node, with its access and its verdicts in numbers; next nodes have rows, too. */
export const nodesCsvReport = (options: CsvReportOptions): Report =>
  listOf(nodeColumns, options, {
    rowsOf: (audit) => [...audit.nodes, ...nextOf(audit)].map((node) => nodeRow(audit, node, options)),
    leftRows: (left) =>
      left.map(({ place: { accountId, region, cluster }, message, remedy }) => {
        const what = { access: 'not-looked-at', access_because: `${message}; ${remedy}` };
        return { account: accountId, region, cluster, ...what };
      }),
  });

/** A row for each node group and control, or control of the cluster itself: what Security Hub gets as a finding. */
export const findingsCsvReport = (options: CsvReportOptions): Report =>
  listOf(findingColumns, options, {
    rowsOf: (audit) =>
      rollUpWithNext(audit, options.controls, 'node-group')
        .map((rolled) => findingRow(audit, rolled, options))
        .toArray(),
    leftRows: (left) => notLookedAtRows(left, options),
  });

type Row = Readonly<Record<string, string | undefined>>;

interface ListOptions {
  readonly rowsOf: (audit: ReportedAudit) => readonly Row[];
  /** What was not looked at has rows, too. */
  readonly leftRows: (left: readonly NotLookedAt[]) => readonly Row[];
}

const listOf = (
  columns: readonly string[],
  { bom, benchmark }: CsvReportOptions,
  { rowsOf, leftRows }: ListOptions,
): Report => ({
  begin: () => [(bom ? '\ufeff' : '') + csvLines([Object.fromEntries(columns.map((name) => [name, name]))], columns)],
  cluster: (audit) => [csvLines([...rowsOf(audit), ...leftRows(notLookedAtIn(audit, benchmark))].map(mapped), columns)],
  end: (run) => [csvLines(leftRows(notLookedAtBy(run)).map(mapped), columns)],
});

function nodeRow(audit: ReportedAudit, { node, verdicts, access }: ReportedNode, { controls }: CsvReportOptions): Row {
  const own = controls.flatMap(({ slug }) => verdicts[slug] ?? []);
  const count = (status: VerdictStatus) =>
    String(own.filter((each) => each.status === status && !isWaived(each)).length);
  return {
    ...clusterCells(audit),
    node_group: node.group.name,
    node_group_kind: node.group.kind,
    node: node.name,
    node_key: node.key,
    node_kind: node.kind,
    kubelet_version: node.kubeletVersion,
    owner: node.owner,
    access: access?.status,
    access_because: access?.because,
    fail: count('fail'),
    waived: String(own.filter(isWaived).length),
    warn: count('warn'),
    unknown: count('unknown'),
    pass: count('pass'),
  };
}

function findingRow(audit: ReportedAudit, rolled: RolledUp, options: CsvReportOptions): Row {
  const { subject, control, status, nodes, verdict: own, counts, waiver } = rolled;
  const [worst] = nodes;
  const verdict = own ?? worst?.verdict;
  const group = 'group' in subject ? subject.group : undefined;
  return {
    ...clusterCells(audit),
    subject: subject.scope === 'next-node' ? 'next node' : group ? 'node group' : 'cluster',
    node_group: group?.name,
    node_group_kind: group?.kind,
    ...controlCells(control, options),
    status: status === 'fail' && waiver?.state === 'active' ? 'waived' : status,
    ...(own === undefined && {
      nodes_fail: String(counts.fail),
      nodes_warn: String(counts.warn),
      nodes_unknown: String(counts.unknown),
      nodes_pass: String(counts.pass),
    }),
    waived_until: waiver?.mark.until,
    waived_by: waiver?.mark.by,
    reason: verdict && reasonText(verdict),
    remedy: status === 'fail' ? recommendation(control, worst ? remedyFor(worst.node) : 'linux').Text : undefined,
  };
}
