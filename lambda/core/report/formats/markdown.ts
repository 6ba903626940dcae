import { holderText, openHolders, reasonText, waiverText } from '../../findings/asff/status-reasons.ts';
import { mostUrgentFirst, type Statement, statementKey } from '../../findings/statement.ts';
import {
  causeText,
  changeText,
  closesText,
  failureText,
  ownerText,
  statementGroup,
} from '../../findings/statement-words.ts';
import { waiverWords } from '../../judge/waivers/waiver-use.ts';
import { accessStates, type StateCounts, worstState } from '../../model/access-states.ts';
import { addCounts } from '../../model/add-counts.ts';
import { openStatuses } from '../../model/statuses.ts';
import { howMany, sentence } from '../../model/text/words.ts';
import { headline } from '../headline.ts';
import type { CensusHistory } from '../history/census-history.ts';
import type { Comparison, HistoryRun } from '../history/posture-history.ts';
import { changeGroups, changeWords } from '../history-words.ts';
import { sinceBefore } from '../new-since.ts';
import { causesOf, notLookedAt, plain } from '../not-looked-at.ts';
import {
  type ClusterPosture,
  controlTitle,
  type GroupResult,
  groupName,
  noStandings,
  placeName,
  postureOf,
  type Standing,
  unitsOf,
  worstFirst,
} from '../posture.ts';
import {
  benchmarkWords,
  controlNumber,
  numberedFor,
  numberedForAll,
  type Report,
  type ReportedControls,
  type RunEnd,
} from '../report.ts';
import { claimWords, countWords, standingWords } from '../standing-words.ts';

interface MarkdownOptions extends ReportedControls {
  /** What is new since the run before. */
  readonly compared?: Comparison;
  /** Where the page of a cluster is, by its id; without it no cluster is a link. */
  readonly pageOf?: (id: string) => string;
}

interface MarkdownReportOptions extends Omit<MarkdownOptions, 'compared'> {
  /** Runs before this one. */
  readonly history?: readonly HistoryRun[];
  /** What sweeps saw between them. */
  readonly census?: CensusHistory;
}

/** GitHub takes 1 MiB as a job summary: what does not fit is counted. */
const mostBytes = 1_000_000;
const mostRows = 500;

/** GitHub-flavoured Markdown for a job summary or a ticket: the answer, clusters × controls, then each failing node group with what to do. At most 1 MB. */
export function markdownReport({ history = [], census, ...options }: MarkdownReportOptions): Report {
  const clusters: ClusterPosture[] = [];

  return {
    cluster(audit) {
      const posture = postureOf(audit, options);
      // Only the first node says why.
      clusters.push({ ...posture, open: posture.open.map((each) => ({ ...each, nodes: each.nodes.slice(0, 1) })) });
      return [];
    },
    end(run) {
      const since = sinceBefore(history, clusters, { run, census });
      return [markdownOf(clusters, run, { ...options, ...(since && { compared: since.compared }) })];
    },
  };
}

/** The same of clusters that are folded already. */
export const markdownOf = (clusters: readonly ClusterPosture[], run: RunEnd, options: MarkdownOptions): string =>
  bounded(sections(clusters, run, options));

const marks: Readonly<Record<Standing, string>> = {
  fail: '❌',
  warn: '⚠️',
  unknown: '❔',
  waived: '🟡',
  pass: '✅',
  'not-applicable': '–',
};

function* sections(clusters: readonly ClusterPosture[], run: RunEnd, options: MarkdownOptions): Generator<string> {
  const units = unitsOf(clusters);
  yield `## EKS kubelet audit\n\n${markupText(headline(clusters, run).join(' '))}\n`;
  yield `${markupText(`${howMany(run.tally.clusters, units.cluster)}, ${howMany(run.tally.nodes, units.node)}; ${benchmarkWords(options, clusters)}; ${run.startedAt} to ${run.finishedAt}.`)}\n`;
  if (clusters.length > 0)
    yield `Verdicts, one per node and control: ${markupText(countWords(clusters.map((each) => each.counts).reduce(addCounts, noStandings)))}.\n`;
  if (clusters.length > 0) yield heatMap(clusters, options);
  if (options.compared) yield* newSection(options.compared);
  yield* statementSections(clusters);
  yield* openSections(clusters, options);
  yield* nextSection(clusters, options);
  yield* notLookedAtSection(clusters, run);
  yield* notConfirmed(clusters);
  yield* aboutWaivers(run);
}

function* notConfirmed(clusters: readonly ClusterPosture[]): Generator<string> {
  const rows = clusters.flatMap(({ id, claims }) => (claims ? claimWords(claims).map((each) => [id, each]) : []));
  yield* section('What AWS does not confirm', ['cluster', 'what'], rows);
}

function* aboutWaivers({ waivers }: RunEnd): Generator<string> {
  if (!waivers) return;
  yield `### Waivers\n\n${markupText(waiverWords(waivers))}.\n`;
  if (waivers.named.length > 0)
    yield `${waivers.named.map((each) => `- matches nothing: ${markupText(each)}`).join('\n')}\n${more(waivers.unmatched - waivers.named.length, 'waiver')}`;
}

function heatMap(clusters: readonly ClusterPosture[], options: MarkdownOptions): string {
  const { controls, benchmark, pageOf } = numberedForAll(options, clusters);
  const head = [
    'cluster',
    'nodes',
    'state',
    ...controls.map((control) => controlNumber(control, benchmark) ?? control.slug.replace(/^kubelet-/, '')),
  ];
  const rows = worstFirst(clusters)
    .slice(0, mostRows)
    .map(({ id, nodes, states, controls: results }) => [
      pageOf ? `[${markupText(id)}](${pageOf(id)})` : markupText(id),
      String(nodes),
      stateCell(states),
      ...controls.map(({ slug }) => marked(results.get(slug))),
    ]);
  return `${table(head, rows)}${more(clusters.length - rows.length, 'cluster')}`;
}

const stateCell = (states: StateCounts): string => {
  const worst = worstState(states);
  return worst ? `${marks[accessStates[worst].status]} ${accessStates[worst].en.name}` : '';
};

const marked = (found: { readonly standing: Standing } | undefined): string => (found ? mark(found.standing, '') : '');

function* newSection(compared: Comparison): Generator<string> {
  const rows = changeGroups(compared).flatMap(({ title, standing, changes }) =>
    changes.map(({ cluster, group, what }) => [mark(standing, '', title.toLowerCase()), cluster, group, what]),
  );
  const head = ['what', 'cluster', 'node group', 'control'];
  yield* section(`New since run ${compared.before}`, head, rows, changeWords(compared));
}

/** Each node group and state that has something to fix, with one fix for all of it; then those that are not closed for another reason. */
function* statementSections(clusters: readonly ClusterPosture[]): Generator<string> {
  const all = clusters
    .flatMap((cluster) => cluster.statements.map((statement) => ({ cluster, statement })))
    .toSorted((one, other) => mostUrgentFirst(one.statement, other.statement));
  const toFix = all.filter(({ statement }) => statement.change);
  const others = all.filter(({ statement: { state, change } }) => !change && state !== 'closed');
  yield* section('What to fix first', statementHead, toFix.map(statementRow));
  for (const { cluster, statement } of toFix) yield* combinedSection(cluster, statement);
  yield* section('Not closed', statementHead, others.map(statementRow));
}

const statementHead = ['state and cause', 'cluster', 'node group', 'owner', 'nodes', 'fix'];

interface Placed {
  readonly cluster: ClusterPosture;
  readonly statement: Statement;
}

function statementRow({ cluster, statement }: Placed): readonly string[] {
  const { status, en } = accessStates[statement.state];
  return [
    `${marks[status]} ${en.name}: ${causeText(statement)}`,
    cluster.id,
    statementGroup(statement),
    ownerText(statement),
    String(statement.nodes),
    [changeText(statement), closesText(statement)].filter(Boolean).join('; '),
  ];
}

/** All settings of a statement in one file, and what they may break. */
function* combinedSection(cluster: ClusterPosture, statement: Statement): Generator<string> {
  for (const { snippet, cautions, controls, rollOut } of cluster.fixes.get(statementKey(statement)) ?? []) {
    if (!snippet) continue;
    const failures = controls.map((slug) => failureText(slug)).join('; ');
    yield [
      `#### ${markupText(`${cluster.id}, ${statementGroup(statement)}: ${failures}`)}\n`,
      `${markupText(`${snippet.fileName}, ${snippet.use}:`)}\n`,
      fenced(snippet.language, snippet.text),
      [...cautions, rollOut].map((each) => `- ${markupText(sentence(each))}`).join('\n'),
      '',
    ].join('\n');
  }
}

/** A file in a fence that is longer than any in it. */
function fenced(language: string, text: string): string {
  const longest = [...text.matchAll(/`+/g)].reduce((most, [ticks]) => Math.max(most, ticks.length), 2);
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text.trimEnd()}\n${fence}\n`;
}

function* openSections(clusters: readonly ClusterPosture[], options: MarkdownOptions): Generator<string> {
  for (const standing of openStatuses) {
    const found = clusters.flatMap((cluster) =>
      cluster.open.filter((each) => each.standing === standing).map((each) => ({ cluster, each })),
    );
    if (found.length === 0) continue;

    const rows = found.map(({ cluster, each }) => [
      cluster.id,
      groupName(each.group),
      controlTitle(each.control, numberedFor(options, cluster).benchmark),
      whatIsSeen(each),
    ]);
    yield* section(titles[standing], ['cluster', 'node group', 'control', 'what is seen'], rows);
    const results = found.map(({ each }) => each);
    if (standing === 'fail' || standing === 'warn') yield fixes(results, numberedForAll(options, clusters));
  }
}

const titles = { fail: 'Fails', warn: 'Warn', waived: 'Waived', unknown: 'Unknown' } as const;

function whatIsSeen({ counts, nodes: [first], waiver, verdict: own }: GroupResult): string {
  const verdict = own ?? first?.verdict;
  const isCounted = own === undefined && Object.values(counts).some((count) => count > 0);
  const reason = verdict ? reasonText(verdict) : '';
  return [
    isCounted ? countWords(counts) : '',
    reason,
    ...openHolders(verdict).map(holderText),
    waiver ? waiverText(waiver) : '',
  ]
    .filter(Boolean)
    .join('; ');
}

function fixes(results: readonly GroupResult[], { benchmark }: MarkdownOptions): string {
  const lines = new Set(
    results.flatMap(({ control, remedies }) =>
      remedies.map(
        (each) =>
          `- **${markupText(controlTitle(control, benchmark))}**, ${placeName(each.place)}: ${markupText(each.text)}`,
      ),
    ),
  );
  return lines.size > 0 ? `What to do:\n\n${[...lines].join('\n')}\n` : '';
}

/** What the node groups launch next, where it fails or is right although the running nodes fail. */
function* nextSection(clusters: readonly ClusterPosture[], options: MarkdownOptions): Generator<string> {
  const rows = clusters.flatMap((cluster) =>
    (cluster.next?.results ?? []).map(({ group, control, standing, text }) => [
      cluster.id,
      groupName(group),
      controlTitle(control, numberedFor(options, cluster).benchmark),
      mark(standing, text),
    ]),
  );
  yield* section('Next nodes', ['cluster', 'next node of', 'control', 'what it means'], rows);
}

function* notLookedAtSection(clusters: readonly ClusterPosture[], run: RunEnd): Generator<string> {
  const rows = causesOf(notLookedAt(clusters, run)).map(({ where, message, remedy }) => [where, message, remedy]);
  yield* section('What was not looked at', ['where', 'what', 'what to do'], rows);
}

/** A table under its title: as many rows as fit, and how many do not. A section with an introduction is there without rows, too. */
function* section(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  intro?: string,
): Generator<string> {
  const shown = rows.slice(0, mostRows).map((cells) => cells.map(markupText));
  const parts = [
    `### ${markupText(title)}\n`,
    ...(intro === undefined ? [] : [`${markupText(intro)}\n`]),
    ...(rows.length > 0 ? [`${table(head, shown)}${more(rows.length - shown.length, 'row')}`] : []),
  ];
  if (parts.length > 1) yield parts.join('\n');
}

/** What is said of a standing, behind its sign and its name. */
const mark = (standing: Standing, words: string, name: string = standingWords[standing]): string =>
  `${marks[standing]} ${name}${words && `: ${words}`}`;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  `${[head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;

const more = (count: number, what: string): string => (count > 0 ? `\n… and ${howMany(count, `more ${what}`)}.\n` : '');

function bounded(parts: Iterable<string>): string {
  let all = '';
  let bytes = 0;
  for (const part of parts) {
    bytes += utf8Length(part) + 1;
    if (bytes > mostBytes) return `${all}\n… the rest does not fit: see the HTML report.\n`;
    all += `${part}\n`;
  }
  return all;
}

const utf8Length = (words: string): number => new TextEncoder().encode(words).length;

/**
 * Text and nothing else, anywhere in Markdown, and still readable as it is written: what means something to Markdown or HTML has a backslash. A zero-width
 * space keeps GitHub from making links and mentions of names.
 */
const markupText = (words: string): string =>
  plain(words)
    .replace(/[\\`*_[\]<>|~&$]/g, '\\$&')
    // For readers that know no backslash: a tag and a link need the two characters side by side.
    .replace(/<(?=[a-z/!?])|\](?=\()/gi, `$&${zeroWidth}`)
    .replace(/^[#+=-]/, '\\$&')
    .replace(/@/g, `@${zeroWidth}`)
    .replace(/(https?|ftp|www)(?=[:.])/gi, `$1${zeroWidth}`);

const zeroWidth = '\u200b';
