import type { VNode } from 'preact';
import { callerText, type Manifest, programText } from '../../model/manifest.ts';
import { howMany } from '../../model/text/how-many.ts';
import { html } from './html.ts';
import { scrolling, table } from './table.ts';

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
