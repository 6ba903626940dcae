import { stringify } from 'csv-stringify/sync';
import { holderText, openHolders, reasonText } from '../../findings/asff/status-reasons.ts';
import { recommendation } from '../../findings/remedies/remediation-text.ts';
import { remedyFor } from '../../findings/remedies/remedy.ts';
import { type RolledUp, waiverOf } from '../../findings/roll-up.ts';
import type { Control } from '../../judge/control.ts';
import { findControl } from '../../judge/controls/catalogue/find-control.ts';
import { requirementName, requirementsOf } from '../../judge/frameworks/requirements.ts';
import type { ClusterNode, NodeGroup, Verdict, VerdictStatus } from '../../model/model.ts';
import type { ReportedAudit, ReportedNode } from '../../model/reported-audit.ts';
import { originText, viaText } from '../../model/text/origin-text.ts';
import { evidenceIn, isWaived, proofOf, type Readings, reasonIn, verdictStanding } from '../../model/verdict-parts.ts';
import { decidingResults, groupOf, isOfNextNode } from '../deciding-results.ts';
import { type NotLookedAt, notLookedAtBy, notLookedAtIn, plain } from '../not-looked-at.ts';
import { controlNumber, numberedFor, type Report, type ReportedControls } from '../report.ts';

interface CsvReportOptions extends ReportedControls {
  /** Begin with a byte order mark: Excel then reads UTF-8. */
  readonly bom?: boolean;
}

const ofCluster = ['account', 'region', 'cluster', 'audited_at'];
const ofGroup = ['node_group', 'node_group_kind'];
const ofNode = [...ofGroup, 'node', 'node_key', 'node_kind', 'kubelet_version'];
const ofControl = ['control', 'number', 'title', 'severity', 'status'];
const counted: readonly VerdictStatus[] = ['fail', 'warn', 'unknown', 'pass'];

const verdictColumns = [
  ...ofCluster,
  ...ofNode,
  ...ofControl,
  'waived_until',
  'waived_by',
  'value',
  'expected',
  'origin',
  'via',
  'reason',
  'remedy',
  'read_at',
  'sha256',
  'access',
  'access_because',
  'requirements',
  'owner',
  'benchmark',
  'state',
];
const nodeColumns = [
  ...ofCluster,
  ...ofNode,
  'owner',
  'access',
  'access_because',
  'fail',
  'waived',
  'warn',
  'unknown',
  'pass',
  'state',
];
const findingColumns = [
  ...ofCluster,
  'subject',
  ...ofGroup,
  ...ofControl,
  ...counted.map((each) => `nodes_${each}`),
  'waived_until',
  'waived_by',
  'reason',
  'remedy',
  'requirements',
];

/**
 * For a spreadsheet: a row for each node and control, with the headline of the node, the requirements of frameworks and the owner that its tag names
 * last. A control about the cluster itself has a row without a node. A waived failure has the status `waived`.
 */
export const csvReport = (options: CsvReportOptions): Report =>
  listOf(verdictColumns, options, function* (audit) {
    const own = numberedFor(options, audit);
    for (const node of nodesOf(audit)) yield verdictRows(audit, node.verdicts, { ...own, node });
    yield verdictRows(audit, audit.clusterVerdicts ?? {}, own);
    yield notLookedAtRows(notLookedAtIn(audit, options.benchmark), own);
  });

/** A row for each node, with its access and its verdicts in numbers; next nodes have rows, too. */
export const nodesCsvReport = (options: CsvReportOptions): Report => {
  const leftRows: typeof notLookedAtRows = (left) =>
    left.map(({ place, message, remedy }) => ({
      ...placeCells(place),
      access: 'not-looked-at',
      access_because: `${message}; ${remedy}`,
    }));
  const rowsOf = (audit: ReportedAudit) => [
    nodesOf(audit).map((node) => nodeRow(audit, node, options)),
    leftRows(notLookedAtIn(audit, options.benchmark), options),
  ];
  return listOf(nodeColumns, options, rowsOf, leftRows);
};

/** A row for each node group and control, or control of the cluster itself: what Security Hub gets as a finding. */
export const findingsCsvReport = (options: CsvReportOptions): Report =>
  listOf(findingColumns, options, (audit) => {
    const own = numberedFor(options, audit);
    return [
      [...decidingResults(audit, options.controls).map((rolled) => findingRow(audit, rolled, own))],
      notLookedAtRows(notLookedAtIn(audit, options.benchmark), own),
    ];
  });

type Row = Readonly<Record<string, string | number | undefined>>;

/**
 * UTF-8, comma, CRLF (RFC 4180). Nodes choose their own names: what a spreadsheet would run as a formula gets an apostrophe. What was not looked at has
 * rows, too: nobody may take its absence for a pass.
 */
function listOf(
  columns: readonly string[],
  options: CsvReportOptions,
  rowsOf: (audit: ReportedAudit) => Iterable<readonly Row[]>,
  leftRows = notLookedAtRows,
): Report {
  const lines = (rows: readonly Row[]): string =>
    stringify(rows.map(mapped), { columns: [...columns], record_delimiter: 'windows', escape_formulas: true });
  return {
    begin: () => [(options.bom ? '\ufeff' : '') + lines([Object.fromEntries(columns.map((name) => [name, name]))])],
    *cluster(audit) {
      for (const rows of rowsOf(audit)) yield lines(rows);
    },
    end: (run) => [lines(leftRows(notLookedAtBy(run), options))],
  };
}

/** Nothing that a node said moves a terminal or hides text in a cell. */
const mapped = (row: Row): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(row).map(([name, text = '']) => [name, plain(String(text))]));

/** Next nodes have the rows of nodes: their key says what they are. */
const nodesOf = ({ nodes, nextNodes }: ReportedAudit): readonly ReportedNode[] => [
  ...nodes,
  ...(nextNodes?.nodes ?? []).map(({ node, verdicts }) => ({ node, verdicts, failures: [] })),
];

/** One row for each control, or one for what went wrong. */
const notLookedAtRows = (left: readonly NotLookedAt[], options: CsvReportOptions): readonly Row[] =>
  left.flatMap(({ place, message, remedy, controls }): readonly Row[] => {
    const common = { ...placeCells(place), status: 'not-looked-at', reason: message, remedy };
    if (!controls) return [common];
    return controls.map((slug) => {
      const control = findControl(slug);
      return { ...common, ...(control ? controlCells(control, options) : { control: slug }) };
    });
  });

const placeCells = ({ accountId, region, cluster }: NotLookedAt['place']) => ({ account: accountId, region, cluster });

const clusterCells = ({ cluster: { arn, name }, auditedAt }: ReportedAudit) => ({
  account: arn?.accountId,
  region: arn?.region,
  cluster: name,
  audited_at: auditedAt,
});

const groupCells = (group: NodeGroup | undefined) => ({ node_group: group?.name, node_group_kind: group?.kind });

const nodeCells = ({ group, name, key, kind, kubeletVersion, owner }: ClusterNode) => ({
  ...groupCells(group),
  node: name,
  node_key: key,
  node_kind: kind,
  kubelet_version: kubeletVersion,
  owner,
});

const accessCells = ({ access }: ReportedNode) => ({
  state: access?.state ?? 'not-read',
  access: access?.status,
  access_because: access?.because,
});

const controlCells = (control: Control, { benchmark }: CsvReportOptions) => ({
  control: control.slug,
  number: controlNumber(control, benchmark),
  benchmark,
  title: control.title,
  severity: control.severity,
  requirements: requirementsOf(control).map(requirementName).join('; '),
});

/** One row for each control of a node, or of the cluster itself. */
function verdictRows(
  audit: ReportedAudit,
  verdicts: ReportedNode['verdicts'],
  { node: each, ...options }: CsvReportOptions & { readonly node?: ReportedNode },
): readonly Row[] {
  const place = each ? remedyFor(each.node) : 'linux';
  return options.controls.flatMap((control) => {
    const verdict = verdicts[control.slug];
    if (!verdict) return [];
    return [
      {
        ...clusterCells(audit),
        ...(each && { ...nodeCells(each.node), ...accessCells(each) }),
        ...controlCells(control, options),
        ...verdictCells(verdict, each),
        remedy: verdict.status === 'fail' ? recommendation(control, place).Text : undefined,
      },
    ];
  });
}

function verdictCells(verdict: Verdict, readings?: Readings) {
  const waiver = waiverOf(verdict);
  const evidence = evidenceIn(verdict);
  const proof = proofOf(verdict, readings);
  return {
    status: verdictStanding(verdict),
    waived_until: waiver?.mark.until,
    waived_by: waiver?.mark.by,
    value: evidence?.value,
    expected: evidence?.expected,
    origin: evidence && originText(evidence.origin),
    via: evidence && viaText[evidence.via],
    reason: [reasonIn(verdict) ?? reasonText(verdict), ...openHolders(verdict).map(holderText)].join('; '),
    read_at: proof?.readAt,
    sha256: proof?.sha256,
  };
}

function nodeRow(audit: ReportedAudit, each: ReportedNode, { controls }: CsvReportOptions): Row {
  const own = controls.flatMap(({ slug }) => each.verdicts[slug] ?? []);
  const count = (status: VerdictStatus) => own.filter((one) => one.status === status && !isWaived(one)).length;
  return {
    ...clusterCells(audit),
    ...nodeCells(each.node),
    ...accessCells(each),
    ...Object.fromEntries(counted.map((status) => [status, count(status)])),
    waived: own.filter(isWaived).length,
  };
}

function findingRow(audit: ReportedAudit, rolled: RolledUp, options: CsvReportOptions): Row {
  const { control, status, nodes, verdict: own, counts, waiver } = rolled;
  const [worst] = nodes;
  const verdict = own ?? worst?.verdict;
  const group = groupOf(rolled);
  const running = group ? 'node group' : 'cluster';
  const place = worst ? remedyFor(worst.node) : 'linux';
  return {
    ...clusterCells(audit),
    subject: isOfNextNode(rolled) ? 'next node' : running,
    ...groupCells(group),
    ...controlCells(control, options),
    status: status === 'fail' && waiver?.state === 'active' ? 'waived' : status,
    ...(own === undefined && Object.fromEntries(counted.map((each) => [`nodes_${each}`, counts[each]]))),
    waived_until: waiver?.mark.until,
    waived_by: waiver?.mark.by,
    reason: verdict && reasonText(verdict),
    remedy: status === 'fail' ? recommendation(control, place).Text : undefined,
  };
}
