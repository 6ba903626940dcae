import { createHash } from 'node:crypto';
import { SarifBuilder, SarifResultBuilder, SarifRuleBuilder, SarifRunBuilder } from 'node-sarif-builder';
import type { Result as SarifResult } from 'sarif';
import { productName } from '../../../contract/names.ts';
import { statusReasons, waiverText } from '../../findings/asff/status-reasons.ts';
import { findingId, namePart, subjectPath } from '../../findings/identity.ts';
import { recommendation } from '../../findings/remedies/remediation-text.ts';
import { remedies, remedyFor, remedyNames } from '../../findings/remedies/remedy.ts';
import type { RolledUp } from '../../findings/roll-up.ts';
import { type Control, isOfCluster, type Severity } from '../../judge/control.ts';
import type { Cluster, NodeGroup } from '../../model/model.ts';
import type { ReportedAudit } from '../../model/reported-audit.ts';
import { plainJson } from '../../model/text/words.ts';
import { evidenceIn } from '../../model/verdict-parts.ts';
import { decidingResults, groupOf, isOfNextNode } from '../deciding-results.ts';
import { causesOf, type NotLookedAt, notLookedAt, notLookedAtIn, plain } from '../not-looked-at.ts';
import { controlTitle, groupName } from '../posture.ts';
import { controlNumber, numberedForAll, type Report, type ReportedControls } from '../report.ts';

/** GitHub's limit for the results of one run, of which it shows the 5,000 worst (docs.github.com, SARIF support for code scanning). */
const mostResults = 25_000;
/** GitHub takes 10 MB, compressed. With at most this many characters in all messages, a file stays below that even if it can't be compressed. */
const mostMessageCharacters = 5_000_000;
const longestMessage = 4_000;

interface SarifOptions extends ReportedControls {
  /** The version of this program. */
  readonly version: string;
  /** The page of this program, where it has one. */
  readonly homepage?: string | undefined;
}

/**
 * SARIF 2.1.0 for code scanning: a rule for each control, and a result for each node group and control that fails, warns or could not be read.
 * A waiver is a suppression. What a file declares has the file's line.
 *
 * GitHub wants a physical location, which a node group doesn't have. It gets the stable relative URI `eks/ACCOUNT/REGION/CLUSTER/NODE-GROUP`, line 1,
 * beside its logical one. Its fingerprint is the SHA-256 of its finding's Id.
 */
export function sarifReport(options: SarifOptions): Report {
  const run = new SarifRunBuilder().initSimple({
    toolDriverName: productName,
    toolDriverVersion: options.version,
    ...(options.homepage && { url: options.homepage }),
  });
  let results: readonly Result[] = [];
  let more = 0;
  const clusters: (Pick<ReportedAudit, 'benchmark' | 'cluster'> & { readonly notLookedAt: readonly NotLookedAt[] })[] =
    [];

  return {
    cluster(audit) {
      const { benchmark, cluster } = audit;
      const found = decidingResults(audit, options.controls)
        .filter(isOpen)
        .map((rolled) => resultOf(rolled, audit.cluster));
      results = [...results, ...found];
      clusters.push({
        cluster,
        ...(benchmark !== undefined && { benchmark }),
        notLookedAt: notLookedAtIn(audit, options.benchmark),
      });
      if (results.length > mostResults * 2) ({ results, more } = worstOf(results, more));
      return [];
    },
    *end(end) {
      for (const control of options.controls) run.addRule(ruleOf(control, numberedForAll(options, clusters)));
      ({ results, more } = worstOf(results, more));
      const longest = Math.min(longestMessage, Math.floor(mostMessageCharacters / Math.max(1, results.length)));
      for (const each of results) {
        const result = new SarifResultBuilder();
        result.result = { ...each, message: { text: bounded(each.message.text, longest) } };
        run.addResult(result);
      }
      const left = causesOf(notLookedAt(clusters, end));
      const cutOff = `${more} more results are left out: at most ${mostResults} fit`;
      run.run.invocations = [
        {
          executionSuccessful: left.every(({ controls }) => controls !== undefined),
          startTimeUtc: end.startedAt,
          endTimeUtc: end.finishedAt,
          toolExecutionNotifications: [
            ...left.map(({ where, code, message, remedy, controls }) => ({
              level: controls ? ('note' as const) : ('error' as const),
              message: { text: withoutLinks(plain(`${where === '' ? '' : `${where}: `}${message}; ${remedy}`)) },
              descriptor: { id: plain(code) },
            })),
            ...(more > 0 ? [{ level: 'warning' as const, message: { text: cutOff } }] : []),
          ],
        },
      ];
      const builder = new SarifBuilder();
      builder.addRun(run);
      yield `${plainJson(builder.buildSarifOutput(), undefined, 1)}\n`;
    },
  };
}

/** `[a](javascript:…)` in a message is a link (SARIF 2.1.0, 3.11.6), and a node chooses its name. */
const withoutLinks = (text: string): string => text.replaceAll('](', '] (');

const bounded = (text: string, longest: number): string =>
  text.length > longest ? `${text.slice(0, longest - 1).replace(/[\ud800-\udbff]$/u, '')}…` : text;

const levels = ['error', 'warning', 'note'] as const;
type Result = SarifResult & { readonly level: (typeof levels)[number]; readonly message: { readonly text: string } };

/** The worst results, up to GitHub's limit. */
function worstOf(all: readonly Result[], more: number): { readonly results: readonly Result[]; readonly more: number } {
  const rank = ({ level, suppressions }: Result) => levels.indexOf(level) + (suppressions ? levels.length : 0);
  const results = all.toSorted((one, other) => rank(one) - rank(other)).slice(0, mostResults);
  return { results, more: more + all.length - results.length };
}

/** GitHub sorts by `security-severity`, a CVSS score: critical from 9.0, high from 7.0, medium from 4.0, low from 0.1. */
const scores: Readonly<Record<Severity, string>> = {
  CRITICAL: '9.5',
  HIGH: '8.0',
  MEDIUM: '5.5',
  LOW: '3.0',
  INFORMATIONAL: '0.1',
};

function ruleOf(control: Control, { benchmark }: SarifOptions): SarifRuleBuilder {
  const number = controlNumber(control, benchmark);
  const fixes = isOfCluster(control)
    ? [recommendation(control, 'linux').Text]
    : remedies.map((place) => `- **${remedyNames[place]}**: ${recommendation(control, place).Text}`);
  const builder = new SarifRuleBuilder();
  builder.rule = {
    id: control.slug,
    name: control.slug,
    shortDescription: { text: controlTitle(control, benchmark) },
    fullDescription: { text: control.rationale },
    help: {
      text: `${control.rationale} Expected: ${control.expected}.`,
      markdown: `${control.rationale}\n\nExpected: ${control.expected}.\n\n${fixes.join('\n')}`,
    },
    defaultConfiguration: { level: levelOf('fail', control.severity) },
    properties: {
      tags: ['security', 'kubernetes', ...(number ? [`${benchmark}/${number}`] : [])],
      precision: 'very-high',
      'security-severity': scores[control.severity],
    },
  };
  return builder;
}

/** A proved failure has its control's severity. A probable one (warn) is a warning, and an unread one a note. */
function levelOf(status: RolledUp['status'], severity: Severity): (typeof levels)[number] {
  if (status === 'warn') return 'warning';
  if (status !== 'fail') return 'note';
  return severity === 'CRITICAL' || severity === 'HIGH' ? 'error' : 'warning';
}

function resultOf(rolled: OpenResult, cluster: Cluster): Result {
  const { control, status, nodes, waiver } = rolled;
  const group = groupOf(rolled);
  const next = isOfNextNode(rolled) ? 'the next node of ' : '';
  const segments = next === '' ? [] : ['next-node'];
  const reasons = statusReasons(rolled).map(({ Description }) => plain(Description));
  const remedy = isOfCluster(control) ? 'linux' : nodes[0] && remedyFor(nodes[0].node);
  const fix = status === 'fail' && remedy ? [`Fix: ${recommendation(control, remedy).Text}`] : [];
  const line = declaredLine(rolled);
  const place = `${next}${group ? `node group ${plain(groupName(group))} of ` : ''}${line ? '' : 'cluster '}${plain(cluster.name)}`;
  const path = [cluster.arn?.arn ?? cluster.name, ...(group ? [group.kind, group.name] : []), ...segments];
  const physicalLocation = line
    ? {
        artifactLocation: { uri: fileUri(line.file) },
        region: { ...wholeLine, startLine: line.line, endLine: line.line },
      }
    : { artifactLocation: { uri: uriOf(cluster, group, segments) }, region: wholeLine };
  const name = plain(group?.name ?? cluster.name);

  return {
    ruleId: control.slug,
    level: levelOf(status, control.severity),
    message: {
      text: withoutLinks([`${control.title}: ${statusWords[status]} in ${place}`, ...reasons, ...fix].join('\n')),
    },
    locations: [
      {
        physicalLocation,
        logicalLocations: [{ fullyQualifiedName: plain(path.join('/')), kind: 'resource', name }],
      },
    ],
    partialFingerprints: {
      'primaryLocationLineHash/v1': createHash('sha256').update(identityOf(rolled, cluster)).digest('hex'),
    },
    ...(waiver?.state === 'active' && {
      suppressions: [{ kind: 'external', status: 'accepted', justification: plain(waiverText(waiver)) }],
    }),
  };
}

/** Of a node that does not exist yet: the line that decides, else the one that declares its node group. */
function declaredLine({
  nodes: [worst],
  subject,
}: RolledUp): { readonly file: string; readonly line: number } | undefined {
  // Of a launch template of AWS there is no file.
  if (worst === undefined || subject.scope === 'next-node') return undefined;
  const origin = evidenceIn(worst.verdict)?.origin;
  if (origin?.from !== 'user-data' || origin.file === undefined || origin.line === undefined)
    return worst.node.declaredAt;
  return { file: origin.file, line: origin.line };
}

/** Relative to where the command was given, as code scanning wants it. */
const fileUri = (file: string): string => file.replace(/^\.\//, '').split('/').map(encodeURIComponent).join('/');

/** GitHub requires all four of them. */
const wholeLine = { startLine: 1, startColumn: 1, endLine: 1, endColumn: 1 };

const statusWords = { fail: 'fails', warn: 'probably fails', unknown: 'could not be read' } as const;

type OpenResult = RolledUp & { readonly status: keyof typeof statusWords };

const isOpen = (rolled: RolledUp): rolled is OpenResult => Object.hasOwn(statusWords, rolled.status);

/** The finding's Id in Security Hub; without an ARN the names that are known. */
const identityOf = ({ control, subject }: RolledUp, { arn, name }: Cluster): string =>
  arn ? findingId(control.slug, arn, subject) : `${productName}/${control.slug}/${name}/${subjectName(subject)}`;

function subjectName(subject: RolledUp['subject']): string {
  if (subject.scope === 'node-group') return `${subject.group.kind}/${subject.group.name}`;
  return subject.scope === 'next-node' ? subjectPath(subject) : '';
}

/** Every part is one segment of a path, with any content. */
const uriOf = ({ arn, name }: Cluster, group: NodeGroup | undefined, next: readonly string[]): string =>
  ['eks', ...(arn ? [arn.accountId, arn.region] : []), name, ...(group ? [`${group.kind}-${group.name}`] : []), ...next]
    .map((part) => encodeURIComponent(namePart(part)).replace(/^\.+$/, '_'))
    .join('/');
