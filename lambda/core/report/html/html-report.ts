import { createHash } from 'node:crypto';
import type { VNode } from 'preact';
import { severities } from '../../judge/control.ts';
import type { Via } from '../../model/model.ts';
import type { ReportedAudit } from '../../model/reported-audit.ts';
import { ok } from '../../model/result.ts';
import { emptyTally, tallied } from '../../run/outcome.ts';
import { clusterJson } from '../formats/json.ts';
import { headline } from '../headline.ts';
import type { CensusHistory } from '../history/census-history.ts';
import type { HistoryRun } from '../history/posture-history.ts';
import { sinceBefore } from '../new-since.ts';
import { type ClusterPosture, type GroupResult, groupName, postureOf, standings, worstFirst } from '../posture.ts';
import { benchmarkWords, numberedFor, type Report, type ReportedControls, type RunEnd } from '../report.ts';
import { standingWords } from '../standing-words.ts';
import { type About, aboutSection, evidenceSection, frameworksSection, waiverSection } from './about-section.ts';
import { clusterSection } from './cluster-section.ts';
import { page } from './frame.ts';
import { historySection, newSection } from './history-page.ts';
import { filterToken, html, ownerWords } from './html.ts';
import { anchor, overview } from './overview.ts';

export interface HtmlOptions extends ReportedControls {
  /** The version of this program. */
  readonly version: string;
  /** Runs before this one, in the order of their time: what is new since the last of them, and how the posture moved. */
  readonly history?: readonly HistoryRun[];
  /** With it, the machines that lived between those runs. */
  readonly census?: CensusHistory;
}

/** Nodes that one page names, in some 400 bytes each and twice with the evidence: it stays below 5 MB. */
const mostNodes = 4_000;

/**
 * One self-contained page: nothing is loaded from anywhere, as its content security policy says. It is complete without JavaScript; with it, it can be
 * filtered. Everything that a node, a tag or a person said is escaped by the templating library. Rendered part by part, so that memory stays flat.
 */
export function htmlReport(options: HtmlOptions): Report {
  let clusters: readonly ClusterPosture[] = [];
  let named = 0;
  const hashes = new Map<string, string>();
  const sources = new Map<Via, number>();

  return {
    cluster(audit) {
      const posture = postureOf(audit, options);
      clusters = [...clusters, posture];
      named += namedNodes(posture);
      if (named > mostNodes * 2) {
        clusters = fitted(clusters, mostNodes);
        named = clusters.reduce((sum, each) => sum + namedNodes(each), 0);
      }
      hashes.set(posture.id, audit.resultSha256 ?? hashOf(audit, options));
      for (const { facts } of audit.nodes) if (facts) sources.set(facts.via, (sources.get(facts.via) ?? 0) + 1);
      return [];
    },
    end: (run) => pageOf(worstFirst(fitted(clusters, mostNodes)), run, { ...options, hashes, sources }),
  };
}

/** The page of one cluster alone. */
export function* clusterPage(
  audit: ReportedAudit,
  { startedAt, ...options }: HtmlOptions & Pick<RunEnd, 'startedAt'>,
): Generator<string> {
  const report = htmlReport(options);
  const tally = tallied(emptyTally, ok(audit));
  yield* report.cluster(audit);
  yield* report.end({ startedAt, finishedAt: audit.auditedAt, benchmark: options.benchmark, tally });
}

/** The hash of a cluster's result as the JSON report has it, made piece by piece. */
function hashOf(audit: ReportedAudit, options: HtmlOptions): string {
  const hash = createHash('sha256');
  for (const piece of clusterJson(audit, options)) hash.update(piece);
  return hash.digest('hex');
}

/** Clusters that the contents name; the table of the posture has all. */
const mostListed = 200;

function pageOf(
  clusters: readonly ClusterPosture[],
  run: RunEnd,
  { history = [], census, ...about }: About & Pick<HtmlOptions, 'history' | 'census'>,
): Iterable<string> {
  const since = sinceBefore(history, clusters, { run, census });
  function* parts(): Generator<VNode | undefined> {
    yield overview(clusters, run, { ...about, ...since });
    yield since && newSection(since.compared);
    if (clusters.length > 0) yield filterForm(clusters);
    for (const cluster of clusters)
      yield clusterSection(cluster, { ...numberedFor(about, cluster), isAlone: clusters.length === 1 });
    // A census is of all clusters.
    yield since && historySection(since.runs, run.coverage && census);
    yield waiverSection(clusters, about);
    yield frameworksSection(clusters, about);
    yield evidenceSection(clusters, about);
    yield aboutSection(clusters, run, about);
  }
  const frame = {
    answer: headline(clusters, run),
    run,
    about: `control numbers: ${benchmarkWords(about, clusters)}`,
    version: about.version,
    clusters: clusters.slice(0, mostListed).map((each) => [anchor(each), each.cluster.name] as const),
  };
  return page(frame, parts());
}

/**
 * The same clusters with at most so many nodes named; the rest is counted. Failing nodes come before those that warn, unread and waived ones, in all
 * clusters. It runs while clusters arrive, which keeps memory flat: what is cut now would be cut at the end.
 */
function fitted(clusters: readonly ClusterPosture[], most: number): readonly ClusterPosture[] {
  let left = most;
  return standings.reduce<readonly ClusterPosture[]>(
    (all, standing) =>
      all.map((each) => ({
        ...each,
        open: each.open.map((one) => {
          if (one.standing !== standing) return one;
          const room = Math.min(left, one.nodes.length);
          left -= room;
          return cut(one, room);
        }),
      })),
    clusters,
  );
}

const namedNodes = ({ open }: ClusterPosture): number => open.reduce((sum, { nodes }) => sum + nodes.length, 0);

/** The same result with at most this many of its nodes named. */
const cut = (result: GroupResult, room: number): GroupResult =>
  room >= result.nodes.length
    ? result
    : { ...result, nodes: result.nodes.slice(0, room), moreNodes: result.moreNodes + result.nodes.length - room };

/** Of owners and node groups that one can choose; the text finds the others. */
const mostChoices = 300;

/** Shown by the script only, which is what filters. */
function filterForm(clusters: readonly ClusterPosture[]): VNode {
  const groups = clusters.flatMap(({ groups: each }) => each.map(({ group }) => groupName(group)));
  const owners = clusters.flatMap(({ open }) => open.flatMap((each) => each.owners));
  const ids = clusters.map(({ id }) => id);

  return html`<div>
  <h2 id="clusters">Cluster by cluster</h2>
  <form hidden aria-label="filter">
  <label>Filter <input type="search" name="text" placeholder="cluster, node group, node, value" /></label>
  ${standings
    .filter((each) => each !== 'not-applicable')
    .map(
      (each) =>
        html`<label><input type="checkbox" name="standing" value=${each} checked /> ${standingWords[each]}</label>`,
    )}
  <label>Severity <select name="severity"><option value="">all</option>${severities.toReversed().map((each) => html`<option>${each.toLowerCase()}</option>`)}</select></label>
  ${clusters.length > 1 ? choice('Cluster', 'cluster', ids) : undefined}
  ${owners.some((each) => each !== '') ? choice('Owner', 'owner', owners.toSorted(), ownerWords) : undefined}
  ${new Set(groups).size > 1 ? choice('Node group', 'group', groups.toSorted()) : undefined}
  <output class="quiet"></output>
</form>
</div>`;
}

const choice = (label: string, name: string, all: readonly string[], textOf = (value: string) => value): VNode =>
  html`<label>${label} <select name=${name}><option value="">all</option>${[...new Set(all)].slice(0, mostChoices).map((value) => html`<option value=${filterToken(value)}>${textOf(value)}</option>`)}</select></label>`;
