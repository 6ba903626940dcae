import { holderText, reasonText, waiverText } from '../../findings/asff/status-reasons.ts';
import { waiverOf } from '../../findings/roll-up.ts';
import type { ReportedAudit } from '../../model/reported-audit.ts';
import { howMany, nameList } from '../../model/text/words.ts';
import { hanging, wrap } from '../../model/text/wrap.ts';
import { evidenceIn, verdictStanding } from '../../model/verdict-parts.ts';
import { claimsOf } from '../../run/node-group-gaps.ts';
import type { Placed } from '../by-cause.ts';
import { nextCounts, nextPosture } from '../deciding-results.ts';
import { clusterId, plain } from '../not-looked-at.ts';
import { asksNoNode, groupName } from '../posture.ts';
import { controlList, numberedFor } from '../report.ts';
import { claimWords, suppressedWords } from '../standing-words.ts';
import { type StatementLinesOptions, statementLines, unreadReasons } from './statement-lines.ts';

/** The statements of a cluster, and below them what is said of the cluster itself. */
export function clusterPart(audit: ReportedAudit, chosen: StatementLinesOptions) {
  const options = numberedFor(chosen, audit);
  const { style, only } = options;
  const { width } = style;
  const { table, open, details } = statementLines(audit, options);
  const next = nextNodeLines(audit, options);
  const ofCluster = [...clusterVerdictLines(audit, options), ...next.lines];
  const faults = [...driftLines(audit.nodes, width), ...unpublishedLines(audit)];
  const head = style.bold(wrap(plain(title(audit, chosen)), width));
  const below = [...ofCluster, ...faults];
  const isQuiet =
    Object.values(audit.clusterVerdicts ?? {}).every(({ status }) => status === 'pass') &&
    next.failing.length + faults.length === 0;

  return {
    open,
    /** What is said of the cluster itself; empty where that needs nobody. */
    text: isQuiet || below.length === 0 ? '' : [head, ...below].join('\n'),
    /** All of it, with the evidence of its nodes. */
    details: [head, ...table, ...details, ...below].join('\n'),
    /** There is nothing to show but its name: all its rows have verdicts that were filtered out. */
    isEmpty: only !== undefined && table.length + below.length === 0,
    failingNext: next.failing,
    notes: notesOf(audit, options),
  };
}

/** What was not looked at in this cluster, and what its nodes only say. */
function notesOf(audit: ReportedAudit, options: StatementLinesOptions) {
  const where = clusterId(audit.cluster);
  const claims = claimsOf(audit);
  const said = [
    ...(claims ? claimWords(claims) : []),
    ...(audit.suppressed ? [suppressedWords(audit.suppressed)] : []),
  ];
  const note = (code: string, message: string, remedy = ''): Placed => ({ where, code, message, remedy });
  return [
    ...unreadReasons(audit, options).map((message) => note('controls-unread', message)),
    ...(audit.notes ?? []).map(({ code, message, remedy }) => note(code, message, remedy)),
    ...said.map((message) => note('claimed', message)),
  ];
}

/** The controls about the cluster itself, below its nodes: the verdict, then each holder of the right on a line. */
function clusterVerdictLines(
  { clusterVerdicts = {} }: Pick<ReportedAudit, 'clusterVerdicts'>,
  { controls, benchmark, style, only }: StatementLinesOptions,
): readonly string[] {
  return controls.flatMap((control) => {
    const verdict = clusterVerdicts[control.slug];
    if (!verdict || (only && !only.includes(verdict.status))) return [];

    const standing = verdictStanding(verdict);
    const waiver = waiverOf(verdict);
    const words = [reasonText(verdict), ...(waiver ? [waiverText(waiver)] : [])].join('; ');
    const holders = evidenceIn(verdict)?.holders ?? [];
    const name = controlList([control], { controls, benchmark });
    return [
      hanging('  ', `${style.colour(standing, standing)} ${name}, of the cluster: ${plain(words)}`, style.width),
      ...holders
        .filter(({ standing }) => standing !== 'system')
        .map((each) =>
          hanging(each.standing === 'allowed' ? '    = ' : '    ! ', plain(holderText(each)), style.width),
        ),
    ];
  });
}

/** The rest of a large cluster is counted. */
const mostLines = 50;

/** The next nodes, below the nodes: how many of each verdict, then the failures and the disagreements with running nodes. */
export function nextNodeLines(
  audit: ReportedAudit,
  { controls, benchmark, style, only }: StatementLinesOptions,
): { readonly lines: readonly string[]; readonly failing: readonly string[] } {
  const posture = nextPosture(audit, controls);
  if (!posture) return { lines: [], failing: [] };

  const { width } = style;
  const failing = posture.results.flatMap(({ standing, group, control }) =>
    standing === 'fail'
      ? [`${controlList([control], { controls, benchmark })} of ${groupName(group)} in ${audit.cluster.name}`]
      : [],
  );
  // The result of a passing next node is about running nodes that fail.
  const shown = posture.results.filter(
    ({ standing }) => !only || only.includes(standing === 'pass' || standing === 'waived' ? 'fail' : standing),
  );
  if (only && shown.length === 0) return { lines: [], failing };

  const left = shown.length - mostLines;
  return {
    failing,
    lines: [
      hanging('  ', `Next nodes, by what the node groups launch: ${nextCounts(posture)}`, width),
      ...shown.slice(0, mostLines).map(({ group, control, standing, text }) => {
        const name = controlList([control], { controls, benchmark });
        return hanging(
          '  > ',
          `${style.colour(standing, standing)} ${name}, next node of ${plain(groupName(group))}: ${plain(text)}`,
          width,
        );
      }),
      ...(left > 0 ? [`    and ${left} more; -f json has each`] : []),
    ],
  };
}

/** Nodes named in one line; a node group usually drifts as a whole. */
const mostNames = 3;

/** Running configurations that differ from their files: a line for each difference of one or more nodes, under a heading. Empty without drift. */
export function driftLines(nodes: ReportedAudit['nodes'], width: number): readonly string[] {
  const said = Map.groupBy(
    nodes.flatMap(({ node, drift = [] }) => drift.map(({ because }) => ({ name: node.name ?? node.key, because }))),
    ({ because }) => because,
  );
  if (said.size === 0) return [];

  return [
    '  Not restarted since an edit:',
    ...[...said].map(([because, drifting]) =>
      hanging(
        '  ~ ',
        `${nameList(
          drifting.map(({ name }) => name),
          mostNames,
        )}: ${because}`,
        width,
      ),
    ),
  ];
}

function title(audit: ReportedAudit, { benchmark }: StatementLinesOptions): string {
  const { cluster, inventory, nodes } = audit;
  const numbers = benchmark === 'auto' ? `, ${numberedFor({ benchmark }, audit).benchmark}` : '';
  const where = cluster.arn ? ` (${cluster.arn.region}, ${cluster.arn.accountId})` : '';
  const version = cluster.version ? `, Kubernetes ${cluster.version}` : '';
  const counted = howMany(nodes.length, 'node');
  const listed = {
    kubernetes: `${counted} listed by the API server`,
    tags: `${counted} known to AWS by tags`,
    saved: counted,
    none: 'its nodes could not be listed',
  }[inventory.from];
  return `${cluster.name}${where}${version}${numbers}${asksNoNode(audit) ? '' : `: ${listed}`}`;
}

/** Findings that Security Hub should hold and does not, and those that a terminal leaves as they are. */
function unpublishedLines({ published }: ReportedAudit): readonly string[] {
  if (!published) return [];

  return [
    ...published.rejected.map(
      (each) => `  ! Security Hub refused ${plain(`${each.id}: ${each.code}: ${each.message}`)}`,
    ),
    ...published.notSent.map((each) => `  ! not sent: ${plain(`${each.id}: ${each.because}`)}`),
    ...(published.leftOpen
      ? [
          `  ! still open in Security Hub, and not seen in this audit: ${plain(nameList(published.leftOpen))}; a terminal archives nothing, so let a deployed run do it, or archive the findings there`,
        ]
      : []),
  ];
}
