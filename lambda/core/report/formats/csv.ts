import { stringify } from 'csv-stringify/sync';
import { holderText, openHolders, reasonText } from '../../findings/asff/status-reasons.ts';
import { recommendation } from '../../findings/remedies/remediation-text.ts';
import { remedyFor } from '../../findings/remedies/remedy.ts';
import { waiverOf } from '../../findings/roll-up.ts';
import type { Control } from '../../judge/control.ts';
import { findControl } from '../../judge/controls/catalogue/find-control.ts';
import { requirementName, requirementsOf } from '../../judge/frameworks/requirements.ts';
import type { Verdict } from '../../model/model.ts';
import { proofOf, type Readings } from '../../model/proofs.ts';
import type { ReportedAudit, ReportedNode } from '../../model/reported-audit.ts';
import { originText, viaText } from '../../model/text/origin-text.ts';
import { evidenceIn, reasonIn } from '../../model/verdict-parts.ts';
import { controlNumber, numberedFor } from '../control-list.ts';
import { type NotLookedAt, notLookedAtBy, notLookedAtIn } from '../not-looked-at.ts';
import { plain } from '../problem-lines.ts';
import type { Report } from '../report.ts';

export interface CsvReportOptions {
  readonly controls: readonly Control[];
  readonly benchmark: string;
  /** Begin with a byte order mark: Excel then reads UTF-8. */
  readonly bom?: boolean;
}

const columns = [
  'account',
  'region',
  'cluster',
  'audited_at',
  'node_group',
  'node_group_kind',
  'node',
  'node_key',
  'node_kind',
  'kubelet_version',
  'control',
  'number',
  'title',
  'severity',
  'status',
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
] as const;
type Row = Readonly<Partial<Record<(typeof columns)[number], string>>>;

/**
 * For a spreadsheet: a row for each node and control, with the headline of the node, the requirements of frameworks and the owner that its tag names last. UTF-8, comma, CRLF, the names of the columns
 * first (RFC 4180). A waived failure has the status `waived`. Nodes choose their own names, so a value that begins like a formula (`=`, `+`, `-`,
 * `@`, tab) gets a leading apostrophe.
 */
export const csvReport = (options: CsvReportOptions): Report => ({
  begin: () => [(options.bom ? '\ufeff' : '') + lines([Object.fromEntries(columns.map((name) => [name, name]))])],
  *cluster(audit) {
    const own = numberedFor(options, audit);
    for (const node of [...audit.nodes, ...nextOf(audit)]) yield lines(rowsOf(audit, node, own));
    yield lines(clusterRows(audit, own));
    yield lines(notLookedAtRows(notLookedAtIn(audit, options.benchmark), own));
  },
  end: (run) => [lines(notLookedAtRows(notLookedAtBy(run), options))],
});

const lines = (rows: readonly Row[]): string => csvLines(rows, columns);

/** Next nodes have the rows of nodes: their key says what they are. */
export const nextOf = ({ nextNodes }: ReportedAudit): readonly ReportedNode[] =>
  (nextNodes?.nodes ?? []).map(({ node, verdicts }) => ({ node, verdicts, failures: [] }));

/** One row for each control about the cluster itself, without a node. */
const clusterRows = (audit: ReportedAudit, options: CsvReportOptions): readonly Row[] =>
  options.controls.flatMap((control): readonly Row[] => {
    const verdict = audit.clusterVerdicts?.[control.slug];
    if (!verdict) return [];

    return [
      mapped({
        ...clusterCells(audit),
        ...controlCells(control, options),
        ...verdictCells(verdict),
        reason: [verdictCells(verdict).reason, ...openHolders(verdict).map(holderText)].join('; '),
        remedy: verdict.status === 'fail' ? recommendation(control, 'linux').Text : undefined,
      }),
    ];
  });

/** What was not looked at has rows, too: one for each control, or one for what went wrong. Nobody may take its absence for a pass. */
export const notLookedAtRows = (left: readonly NotLookedAt[], options: CsvReportOptions): readonly Row[] =>
  left.flatMap(({ place: { accountId, region, cluster }, message, remedy, controls }) => {
    const common = { account: accountId, region, cluster, status: 'not-looked-at', reason: message, remedy };
    if (!controls) return [mapped(common)];
    return controls.map((slug) => {
      const control = findControl(slug);
      return mapped({ ...common, ...(control ? controlCells(control, options) : { control: slug }) });
    });
  });

export const clusterCells = ({ cluster, auditedAt }: ReportedAudit) => ({
  account: cluster.arn?.accountId,
  region: cluster.arn?.region,
  cluster: cluster.name,
  audited_at: auditedAt,
});

export const controlCells = (control: Control, { benchmark }: CsvReportOptions) => ({
  control: control.slug,
  number: controlNumber(control, benchmark),
  benchmark,
  title: control.title,
  severity: control.severity,
  requirements: requirementsOf(control).map(requirementName).join('; '),
});

function rowsOf(
  audit: ReportedAudit,
  { node, verdicts, access, ...readings }: ReportedNode,
  options: CsvReportOptions,
): readonly Row[] {
  return options.controls.flatMap((control): readonly Row[] => {
    const verdict = verdicts[control.slug];
    if (!verdict) return [];

    return [
      mapped({
        ...clusterCells(audit),
        node_group: node.group.name,
        node_group_kind: node.group.kind,
        node: node.name,
        node_key: node.key,
        node_kind: node.kind,
        kubelet_version: node.kubeletVersion,
        ...controlCells(control, options),
        ...verdictCells(verdict, readings),
        remedy: verdict.status === 'fail' ? recommendation(control, remedyFor(node)).Text : undefined,
        access: access?.status,
        access_because: access?.because,
        owner: node.owner,
      }),
    ];
  });
}

function verdictCells(verdict: Verdict, readings?: Readings) {
  const waiver = waiverOf(verdict);
  const evidence = evidenceIn(verdict);
  const proof = proofOf(verdict, readings);

  return {
    status: verdict.status === 'fail' && waiver?.state === 'active' ? 'waived' : verdict.status,
    waived_until: waiver?.mark.until,
    waived_by: waiver?.mark.by,
    value: evidence?.value,
    expected: evidence?.expected,
    origin: evidence && originText(evidence.origin),
    via: evidence && viaText[evidence.via],
    reason: reasonIn(verdict) ?? reasonText(verdict),
    read_at: proof?.readAt,
    sha256: proof?.sha256,
  };
}

/** Rows as RFC 4180 has them. What a spreadsheet would run as a formula gets an apostrophe. */
export const csvLines = (rows: readonly Readonly<Record<string, string>>[], of: readonly string[]): string =>
  stringify([...rows], { columns: [...of], record_delimiter: 'windows', escape_formulas: true });

/** Nothing that a node said moves a terminal or hides text in a cell. */
export const mapped = (row: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(row).map(([name, text]) => [name, plain(text ?? '')]));
