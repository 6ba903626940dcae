import type { VNode } from 'preact';
import type { Via } from '../../model/model.ts';
import { byText } from '../../model/text/by-text.ts';
import { howMany } from '../../model/text/how-many.ts';
import { viaText } from '../../model/text/origin-text.ts';
import { benchmarkWords, controlNumber, numberedFor, numberedForAll } from '../control-list.ts';
import { type ClusterPosture, controlTitle, groupName } from '../posture.ts';
import type { ReportedControls, RunEnd } from '../report.ts';
import { standingMeanings } from '../standing-words.ts';
import { html } from './html.ts';
import { manifestSection, resultHashes } from './manifest-section.ts';
import { place } from './overview.ts';
import { moreRow, scrolling, tag } from './words.ts';

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

  return html`<section id="waivers">
    <h2>Waivers</h2>
    <p>Failures that somebody has accepted until a date. They still fail.</p>
    ${scrolling(
      'waivers',
      html`<table class="nodes">
        <thead>
          <tr><th scope="col">where</th><th scope="col">control</th><th scope="col">until</th><th scope="col">owner</th><th scope="col">reason</th><th scope="col">covers</th></tr>
        </thead>
        <tbody>
          ${nearestFirst.slice(0, mostRows).map(
            ({ cluster, control, group, mark, state, nodes }) => html`<tr>
              <th scope="row">${cluster.cluster.name}, ${groupName(group)}<br /><span class="quiet">${place(cluster)}</span></th>
              <td data-label="control">${controlTitle(control, numberedFor(options, cluster).benchmark)}</td>
              <td data-label="until">${mark.until}${state === 'expired' ? ', expired' : ''}</td>
              <td data-label="owner">${mark.by}</td>
              <td data-label="reason">${mark.reason}</td>
              <td data-label="covers">${tag(state === 'expired' ? 'fail' : 'waived')} ${howMany(nodes, 'node')}</td>
            </tr>`,
          )}
          ${moreRow(6, rows.length - mostRows, 'waivers')}
        </tbody>
      </table>`,
    )}
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
