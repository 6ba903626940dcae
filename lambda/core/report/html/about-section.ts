import type { VNode } from 'preact';
import { callerText, type Manifest, programText } from '../../model/manifest.ts';
import type { Via } from '../../model/model.ts';
import { byText } from '../../model/text/by-text.ts';
import { howMany } from '../../model/text/how-many.ts';
import { viaText } from '../../model/text/origin-text.ts';
import { benchmarkWords, controlNumber, numberedFor, numberedForAll } from '../control-list.ts';
import { type ClusterPosture, controlTitle, groupName } from '../posture.ts';
import type { ReportedControls, RunEnd } from '../report.ts';
import { standingMeanings } from '../standing-words.ts';
import { html } from './html.ts';
import { place } from './overview.ts';
import { scrolling, table } from './table.ts';
import { tag } from './words.ts';

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
    ${scrolling('waivers', table(['where', 'control', 'until', 'owner', 'reason', 'covers'], { rows: shown, more: [rows.length - mostRows, 'waivers'] }))}
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

interface ResultHash {
  /** The cluster. */
  readonly id: string;
  readonly auditedAt: string;
  readonly nodes: number;
  readonly sha256: string | undefined;
}

/** The SHA-256 of each cluster's result, as the program wrote it. */
export const resultHashes = (results: readonly ResultHash[]): VNode => html`<details class="kept">
  <summary>The SHA-256 of ${howMany(results.length, 'result')}</summary>
  <p>The SHA-256 is that of each cluster’s result as the program wrote it: gunzip -c results/…/CLUSTER.json.gz | sha256sum, in a deployed run.</p>
  ${scrolling(
    'results',
    table(['cluster', 'audited', 'nodes', ['SHA-256 of the result', 'value']], {
      widths: ['wide', 'part', 'part', ''],
      rows: results
        .slice(0, mostResults)
        .map(({ id, auditedAt, nodes, sha256 = '' }) => [id, auditedAt, nodes, sha256]),
      more: [results.length - mostResults, 'clusters'],
    }),
  )}
</details>`;
