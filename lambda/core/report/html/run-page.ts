import type { VNode } from 'preact';
import { runPrefix } from '../../../contract/names.ts';
import type { Control } from '../../judge/control.ts';
import { noStates } from '../../model/access-states.ts';
import { addCounts } from '../../model/add-counts.ts';
import type { Manifest } from '../../model/manifest.ts';
import { nodeGroupKinds } from '../../model/model.ts';
import { byText, howMany } from '../../model/text/words.ts';
import type { ItemAnswer, OpenGroups } from '../../run/answer.ts';
import { type ClusterItem, itemName } from '../../run/item.ts';
import { emptyTally, type Tally } from '../../run/outcome.ts';
import type { RunSummary } from '../../run/tally.ts';
import { markdownOf } from '../formats/markdown.ts';
import { headline } from '../headline.ts';
import type { Comparison } from '../history/posture-history.ts';
import { notLookedAtIn } from '../not-looked-at.ts';
import {
  type ClusterPosture,
  controlTitle,
  type GroupResult,
  groupName,
  noStandings,
  type StandingCounts,
  standings,
  worstOf,
} from '../posture.ts';
import { benchmarkWords, numberedFor, type ReportedControls } from '../report.ts';
import { frameworksSection, manifestSection, resultHashes } from './about-section.ts';
import { page } from './frame.ts';
import { newSection, type TrendPoint, trendChart } from './history-page.ts';
import { html, table, tag } from './html.ts';
import { overview } from './overview.ts';

interface RunPageOptions extends ReportedControls {
  readonly version: string;
  readonly manifest: Manifest;
  /** What is new since the run before. */
  readonly compared?: Comparison;
  /** The runs of a month with this one at the end, and the sweeps since the last of them that saw a failing machine. */
  readonly trend?: { readonly runs: readonly TrendPoint[]; readonly sweeps: readonly string[] };
}

type ClusterAnswer = ItemAnswer & { readonly item: ClusterItem };

/** Failing node groups that are named; the rest is counted. */
const mostRows = 4_000;

/** The report of a deployed run, as a page and as Markdown. It is made of the counts that each cluster's audit left, and links the page of each. */
export function runReport(answers: readonly ItemAnswer[], summary: RunSummary, options: RunPageOptions) {
  const ofClusters = answers
    .flatMap(({ item, ...rest }) => (item.kind === 'cluster' && rest.status === 'done' ? [{ ...rest, item }] : []))
    .toSorted(byText(({ item }) => itemName(item)));
  const clusters = ofClusters.map((answer) => postureOfAnswer(answer, options));
  const more = ofClusters.reduce((sum, { open }) => sum + (open?.more ?? 0), 0);
  const run = { ...summary, tally: tallyOf(summary), coverage: summary };
  const { compared, trend, version } = options;
  const frame = {
    ...{ answer: headline(clusters, run), run, version },
    about: `control numbers: ${benchmarkWords(options, clusters)}`,
  };
  const parts = [
    overview(clusters, run, { ...options, pageOf: ({ id }) => pageOf(id) }),
    compared && newSection(compared),
    trend && trend.runs.length > 1 ? trendSection(trend) : undefined,
    openTable(clusters, more, options),
    frameworksSection(clusters, options),
    aboutRun(ofClusters, options),
  ];
  const html = [...page(frame, parts)].join('');
  const markdown = markdownOf(clusters, run, { ...options, pageOf });
  // Quotes and brackets in foreign text are escaped, so only links of this program look like this.
  const results = `../${runPrefix}${summary.runId}/results/`;
  return {
    html,
    latestHtml: html.replaceAll('href="results/', `href="${results}`),
    markdown,
    latestMarkdown: markdown.replaceAll('](results/', `](${results}`),
  };
}

const trendSection = ({ runs, sweeps }: NonNullable<RunPageOptions['trend']>): VNode =>
  html`<section id="trend"><h2>Trend</h2>${trendChart(runs, sweeps)}</section>`;

/** Where the page of a cluster is, seen from the run's. */
const pageOf = (name: string): string => `results/${name}.html`;

function openTable(clusters: readonly ClusterPosture[], more: number, options: RunPageOptions): VNode {
  const found = clusters
    .flatMap((cluster) => cluster.open.map((open) => ({ cluster, open })))
    .filter(({ open }) => open.standing !== 'unknown')
    .toSorted((one, other) => standings.indexOf(one.open.standing) - standings.indexOf(other.open.standing));
  const rows = found.slice(0, mostRows).map(({ cluster, open: { group, control, standing, counts } }) => ({
    cells: [
      html`<a href=${pageOf(cluster.id)}>${cluster.id}</a>`,
      groupName(group),
      controlTitle(control, numberedFor(options, cluster).benchmark),
      html`${tag(standing)} ${howMany(counts[standing], 'node')}`,
    ],
    props: { 'data-standing': standing },
  }));
  const columns = ['cluster', 'node group', 'control', 'verdict'];
  return html`<div>
    <h2 id="open">Node groups that fail, warn, or are waived</h2>
    ${rows.length === 0 ? html`<p>None.</p>` : table(columns, { widths: ['wide', 'wide', '', 'part'], rows, more: [more + found.length - rows.length, 'node groups'] })}
  </div>`;
}

/** What an auditor asks of the run itself. */
const aboutRun = (answers: readonly ItemAnswer[], { manifest }: RunPageOptions): VNode => html`<section id="about">
  <h2>How this run was made</h2>
  <p>SHA256SUMS, beside this page, holds the hash of everything that the run has left, and manifest.json what is written here.</p>
  ${manifestSection([manifest])}
  ${resultHashes(
    answers.map(({ item, finishedAt, nodes, resultSha256: sha256 }) => ({
      id: itemName(item),
      auditedAt: finishedAt,
      nodes,
      sha256,
    })),
  )}
</section>`;

/** The run's counts as every report takes them. */
const tallyOf = ({ verdicts, clusters, nodes, suppressed = 0 }: RunSummary): Tally => ({
  ...emptyTally,
  verdicts,
  clusters: clusters.audited,
  nodes,
  suppressed,
});

/** A cluster by its counts: what an overview shows of it. */
function postureOfAnswer(answer: ClusterAnswer, { controls, benchmark, manifest }: RunPageOptions): ClusterPosture {
  const { item, open } = answer;
  const cluster = {
    name: item.cluster,
    arn: { arn: '', partition: item.partition, region: item.region, accountId: item.accountId, name: item.cluster },
    ...(answer.kubernetes !== undefined && { version: answer.kubernetes }),
    compute: { autoMode: false, fargate: false, hybrid: false },
  };
  const inventory = { from: answer.complete ? 'kubernetes' : 'none', complete: answer.complete } as const;
  const waivedOf = (slug: string) =>
    (open?.groups ?? [])
      .filter((each) => each.control === slug && each.standing === 'waived')
      .reduce((sum, { nodes }) => sum + nodes, 0);
  const results = new Map(
    controls.flatMap(({ slug }) => {
      const counts = answer.controls[slug];
      if (!counts) return [];
      const waived = Math.min(counts.fail, waivedOf(slug));
      const standing: StandingCounts = { ...counts, fail: counts.fail - waived, waived };
      return [[slug, { standing: worstOf(standing) ?? ('not-applicable' as const), counts: standing }] as const];
    }),
  );

  return {
    id: itemName(item),
    cluster,
    auditedAt: answer.startedAt,
    inventory,
    problems: answer.problems,
    nodes: answer.nodes,
    groups: [],
    counts: [...results.values()].map(({ counts }) => counts).reduce(addCounts, noStandings),
    controls: results,
    states: answer.states ?? { ...noStates, 'not-read': answer.nodes },
    statements: answer.statements ?? [],
    fixes: new Map(),
    open: openOf(open, controls),
    quiet: [],
    notLookedAt: notLookedAtIn(
      // A list of nodes that was not complete is among the gaps of the run.
      {
        cluster,
        inventory: { from: 'kubernetes', complete: true },
        problems: answer.problems,
        controls: manifest.controls,
      },
      benchmark,
    ),
    unread: answer.unreadableNodes,
    ...(answer.claims && { claims: answer.claims }),
  };
}

/** What an answer names as open: without the nodes themselves, which the cluster's page has. */
function openOf(open: OpenGroups | undefined, controls: readonly Control[]): GroupResult[] {
  const bySlug = new Map(controls.map((each) => [each.slug, each]));
  return (open?.groups ?? []).flatMap(({ control: slug, group, standing, nodes }) => {
    const control = bySlug.get(slug);
    const counts = { ...noStandings, [standing]: nodes };
    const none = { nodes: [], owners: [], waivers: [], remedies: [] };
    return control ? [{ ...none, control, group: groupNamed(group), standing, counts, moreNodes: nodes }] : [];
  });
}

/** `workers (managed)`, as `groupName` wrote it. */
function groupNamed(text: string): GroupResult['group'] {
  if (text === groupName('cluster')) return 'cluster';
  const [, name = text, word] = /^([\s\S]*) \(([a-z-]+)\)$/.exec(text) ?? [];
  return { kind: nodeGroupKinds.find((each) => each === word) ?? 'self-managed', name };
}
