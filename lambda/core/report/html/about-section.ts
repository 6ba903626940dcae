import type { VNode } from 'preact';
import type { Control } from '../../judge/control.ts';
import { frameworks, requirementIndex } from '../../judge/frameworks/requirements.ts';
import { addCounts } from '../../model/add-counts.ts';
import { alikeBy } from '../../model/alike-by.ts';
import { callerText, type Manifest, programText } from '../../model/manifest.ts';
import type { ClusterNode, Verdict, Via } from '../../model/model.ts';
import { viaText } from '../../model/text/origin-text.ts';
import { byText, howMany } from '../../model/text/words.ts';
import { evidenceIn, proofOf, type Readings } from '../../model/verdict-parts.ts';
import {
  type ClusterPosture,
  controlTitle,
  type GroupResult,
  groupName,
  noStandings,
  type StandingCounts,
  worstOf,
} from '../posture.ts';
import {
  benchmarkWords,
  controlList,
  controlNumber,
  numberedFor,
  numberedForAll,
  type ReportedControls,
  type RunEnd,
} from '../report.ts';
import { countWords, standingMeanings } from '../standing-words.ts';
import { filtered, filterToken, html, table, tag } from './html.ts';
import { place } from './overview.ts';

const mostRows = 500;

/** Every waiver of a failure, with its owner and end date, the nearest first. An expired one is listed too, since it no longer covers the failure. */
export function waiverSection(
  clusters: readonly ClusterPosture[],
  options: Pick<ReportedControls, 'benchmark'>,
): VNode | undefined {
  const rows = clusters.flatMap((cluster) =>
    [...cluster.open, ...cluster.quiet].flatMap(({ control, group, waivers }) =>
      waivers.map((each) => ({ cluster, control, group, ...each })),
    ),
  );
  if (rows.length === 0) return undefined;
  const nearestFirst = rows.toSorted(byText(({ mark }) => mark.until));
  const shown = nearestFirst
    .slice(0, mostRows)
    .map(({ cluster, control, group, mark, state, nodes }) => [
      html`${cluster.cluster.name}, ${groupName(group)}<br /><span class="quiet">${place(cluster)}</span>`,
      controlTitle(control, numberedFor(options, cluster).benchmark),
      `${mark.until}${state === 'expired' ? ', expired' : ''}`,
      mark.by,
      mark.reason,
      html`${tag(state === 'expired' ? 'fail' : 'waived')} ${howMany(nodes, 'node')}`,
    ]);

  return html`<section id="waivers">
    <h2>Waivers</h2>
    <p>Failures that somebody has accepted until a date. They still fail.</p>
    ${table(['where', 'control', 'until', 'owner', 'reason', 'covers'], { rows: shown, more: [rows.length - mostRows, 'waivers'], scrolls: 'waivers' })}
  </section>`;
}

/** What an auditor asks about the report itself: program, time, controls, sources, and which results. */
export interface About extends ReportedControls {
  readonly version: string;
  /** Nodes by how their settings were read. */
  readonly sources: ReadonlyMap<Via, number>;
  /** By the cluster's id: of its result as one JSON document, as a deployed run keeps it and `--format json` prints it. */
  readonly hashes: ReadonlyMap<string, string>;
}

export function aboutSection(clusters: readonly ClusterPosture[], run: RunEnd, about: About): VNode {
  const { controls, version, sources, hashes } = about;
  const { benchmark } = numberedForAll(about, clusters);
  const read = [...sources].map(([via, count]) => `${howMany(count, 'node')} by ${viaText[via]}`).join(', ');

  return html`<section id="about">
    <h2>How this report was made</h2>
    <dl>
      <dt>Report made by</dt><dd>eks-kubelet-audit ${version}</dd>
      <dt>Begin and end</dt><dd>${run.startedAt} to ${run.finishedAt}${run.interrupted ? '; it was interrupted' : ''}</dd>
      <dt>Numbers of the controls</dt><dd>${benchmarkWords(about, clusters)}</dd>
      <dt>Read</dt><dd>${read || 'no node'}</dd>
      <dt>Controls</dt><dd>${controls.map((each) => `${[controlNumber(each, benchmark), each.slug].filter(Boolean).join(' ')} (${each.severity.toLowerCase()})`).join(', ')}</dd>
      <dt>Words</dt><dd>${standingMeanings}</dd>
    </dl>
    ${manifestSection(run.manifests ?? [])}
    ${resultHashes(clusters.map(({ id, auditedAt, nodes }) => ({ id, auditedAt, nodes, sha256: hashes.get(id) })))}
  </section>`;
}

const mostManifests = 20;
const mostResults = 500;

/** Who audited with what, and where each setting comes from, for each result of the page. */
export function manifestSection(manifests: readonly Manifest[]): VNode | undefined {
  if (manifests.length === 0) return undefined;

  const left = manifests.length - mostManifests;
  return html`<div>
    ${manifests.slice(0, mostManifests).map(manifestPart)} ${left > 0 ? html`<p class="quiet">… and ${left} more: see the JSON result.</p>` : undefined}
  </div>`;
}

const manifestPart = (manifest: Manifest): VNode => html`<details class="kept">
  <summary>Audit of ${manifest.startedAt}: program, caller and settings</summary>
  <dl>
    <dt>Program</dt><dd>${programText(manifest)}</dd>
    <dt>Caller</dt><dd>${callerText(manifest)}</dd>
    <dt>Begin and end</dt><dd>${manifest.startedAt} to ${manifest.finishedAt}</dd>
    <dt>Sources</dt><dd>${manifest.sources.join(', ')}</dd>
    <dt>Controls looked at</dt><dd>${manifest.controls.lookedAt.join(', ') || 'none'}</dd>
    <dt>Controls left out</dt><dd>${manifest.controls.leftOut.join(', ') || 'none'}</dd>
  </dl>
  ${table(['setting', ['value', 'value'], 'from'], {
    widths: ['wide', '', 'wide'],
    rows: manifest.settings.map(({ name, value, from }) => [name, value.replaceAll(/,(?=\S)/g, ', '), from]),
  })}
</details>`;

type ResultHash = Pick<ClusterPosture, 'id' | 'auditedAt' | 'nodes'> & { readonly sha256: string | undefined };

/** The SHA-256 of each cluster's result, as the program wrote it. */
export const resultHashes = (results: readonly ResultHash[]): VNode => html`<details class="kept">
  <summary>The SHA-256 of ${howMany(results.length, 'result')}</summary>
  <p>The SHA-256 is that of each cluster’s result as the program wrote it: gunzip -c results/…/CLUSTER.json.gz | sha256sum, in a deployed run.</p>
  ${table(['cluster', 'audited', 'nodes', ['SHA-256 of the result', 'value']], {
    widths: ['wide', 'part', 'part', ''],
    rows: results.slice(0, mostResults).map(({ id, auditedAt, nodes, sha256 = '' }) => [id, auditedAt, nodes, sha256]),
    more: [results.length - mostResults, 'clusters'],
    scrolls: 'results',
  })}
</details>`;

/** The index by framework: each requirement, the controls that serve it, and what they come to over all clusters. */
export function frameworksSection(clusters: readonly ClusterPosture[], options: ReportedControls): VNode | undefined {
  const numbered = numberedForAll(options, clusters);
  const index = requirementIndex(options.controls);
  if (index.length === 0 || clusters.length === 0) return undefined;

  return html`<section id="frameworks">
    <h2>By framework</h2>
    <p>The requirements that these controls serve. A requirement asks for more than a kubelet's settings, so no row here says that it is met. docs/frameworks.md has the source of each entry.</p>
    ${[...Map.groupBy(index, ({ framework }) => framework)].map(
      ([
        framework,
        rows,
      ]) => html`<details class="kept"><summary>${frameworks[framework].title}: ${howMany(rows.length, 'requirement')}</summary>
        ${table(['requirement', 'controls', 'verdicts'], {
          isSmall: true,
          scrolls: `requirements of ${frameworks[framework].title}`,
          rows: rows.map(({ id, controls }) => [
            id,
            controls.map((each) => controlList([each], numbered)).join(', '),
            verdicts(countsOf(clusters, controls)),
          ]),
        })}</details>`,
    )}
  </section>`;
}

const countsOf = (clusters: readonly ClusterPosture[], controls: readonly Control[]): StandingCounts =>
  clusters
    .flatMap((cluster) => controls.flatMap(({ slug }) => cluster.controls.get(slug)?.counts ?? []))
    .reduce(addCounts, noStandings);

/** `fail` as a tag, then how many verdicts there are of each standing. */
function verdicts(counts: StandingCounts): VNode | string {
  const worst = worstOf(counts);
  if (worst === undefined) return 'not looked at';

  return html`${tag(worst)} ${countWords(counts)}`;
}

/** On what each verdict that is no pass rests: value, time of reading, SHA-256 of the answer as it came. */
export function evidenceSection(
  clusters: readonly ClusterPosture[],
  options: Pick<ReportedControls, 'benchmark'>,
): VNode | undefined {
  const readings = clusters.flatMap((cluster) => {
    const { benchmark } = numberedFor(options, cluster);
    return cluster.open.flatMap((result) => readingsOf(result).map((each) => ({ ...each, cluster, benchmark })));
  });
  if (readings.length === 0) return undefined;

  const left = clusters.flatMap(({ open }) => open).reduce((sum, { moreNodes }) => sum + moreNodes, 0);
  return html`<section class="appendix" id="evidence">
    <h2>Evidence</h2>
    <p>Each answer is kept reduced to the settings of the controls; its SHA-256 is of the answer as it came.</p>
    <details class="kept"><summary>${readings.length} readings</summary>
      ${table(['node', 'control', ['what was seen', 'value'], 'read', ['SHA-256 of the answer', 'value']], {
        widths: ['wide', 'part', 'wide', 'part', ''],
        rows: [...alikeBy(readings, answerKey).values()].map(answerRow),
        more: [left, 'nodes'],
        scrolls: 'evidence',
      })}</details>
  </section>`;
}

interface Judged {
  readonly node: Pick<ClusterNode, 'key' | 'name' | 'kubeletVersion' | 'owner'>;
  readonly verdict: Verdict;
  readonly readings?: Readings;
}

/** What each verdict rests on: of a node, or of the cluster itself. */
function readingsOf({ control, group, standing, nodes, verdict: own }: GroupResult) {
  const judged: readonly Judged[] = own ? [{ node: { key: 'the cluster' }, verdict: own }] : nodes;
  return judged.flatMap(({ node, verdict, readings }) => {
    const evidence = evidenceIn(verdict);
    return evidence ? [{ node, control, standing, group, evidence, proof: proofOf(verdict, readings) }] : [];
  });
}

type Reading = ReturnType<typeof readingsOf>[number] & {
  readonly cluster: ClusterPosture;
  readonly benchmark: string;
};

/** What one answer of a node shows of controls with one standing and severity, which is what filters look at. */
const answerKey = ({ cluster, node, standing, control, evidence, proof }: Reading): string =>
  JSON.stringify([
    cluster.id,
    cluster.cluster.name,
    node.name ?? node.key,
    standing,
    control.severity,
    evidence.via,
    proof,
  ]);

function answerRow(alike: readonly [Reading, ...Reading[]]) {
  const [{ cluster, node, control, standing, group, evidence, proof }] = alike;
  const about = [cluster.cluster.name, node.kubeletVersion].filter(Boolean).join(', ');
  return {
    cells: [
      html`${node.name ?? node.key}<br /><span class="quiet">${about}</span>`,
      alike
        .map((each) => [controlNumber(each.control, each.benchmark), each.control.slug].filter(Boolean).join(' '))
        .join(', '),
      alike.map((each) => `${each.evidence.setting}: ${each.evidence.value}`).join('; '),
      [proof?.readAt, `by ${viaText[evidence.via]}`].filter(Boolean).join(' '),
      proof?.sha256 ?? '',
    ],
    props: {
      'data-standing': standing,
      'data-severity': control.severity.toLowerCase(),
      'data-place': filterToken(cluster.id),
      'data-words': [groupName(group), node.owner].filter(Boolean).join(' '),
      ...filtered([groupName(group)], [node.owner]),
    },
  };
}
