import { createHash } from 'node:crypto';
import type { VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import type { Control } from '../../control.ts';
import { headline } from '../headline.ts';
import { type ClusterPosture, postureOf } from '../posture.ts';
import type { Report, RunEnd } from '../report.ts';
import { clusterSection } from './cluster-section.ts';
import { evidenceSection } from './evidence-section.ts';
import { html } from './html.ts';
import { overview } from './overview.ts';
import { RowBudget } from './row-budget.ts';
import { script } from './script.ts';
import { style } from './style.ts';
import { nodes } from './words.ts';

export interface HtmlOptions {
  readonly controls: readonly Control[];
  readonly benchmark: string;
  /** Of this program. */
  readonly version: string;
}

/** Rows of nodes in one page, of some 400 bytes each and twice with the evidence: a page stays below 5 MB. */
const mostRows = 4_000;

/**
 * One self-contained page: nothing is loaded from anywhere, as its content security policy says. It is complete without JavaScript; with it, it can be
 * filtered. Everything that a node, a tag or a person said is escaped by the templating library. Rendered part by part, so that memory stays flat.
 */
export function htmlReport(options: HtmlOptions): Report {
  const clusters: ClusterPosture[] = [];

  return {
    begin: () => [],
    cluster(audit) {
      clusters.push(postureOf(audit, options));
      return [];
    },
    end: (run) => page(clusters, run, options),
  };
}

/** Where the parts of the page go in its frame; no text of anybody can be it, since it is not escaped there. */
const gap = '<slot></slot>';

function* page(clusters: readonly ClusterPosture[], run: RunEnd, options: HtmlOptions): Generator<string> {
  const [before = '', after = ''] = renderToString(frame(clusters, run, options)).split(gap);
  const budget = new RowBudget(mostRows);

  yield `<!doctype html>\n${before}\n`;
  yield `${renderToString(overview(clusters, run, options))}\n`;
  for (const cluster of clusters) yield `${renderToString(clusterSection(cluster, options, budget))}\n`;
  const evidence = new RowBudget(mostRows);
  const appendix = evidenceSection(clusters, options, evidence);
  if (appendix) yield `${renderToString(appendix)}\n`;
  yield `${after}\n`;
}

function frame(clusters: readonly ClusterPosture[], run: RunEnd, { version }: HtmlOptions): VNode {
  const policy = `default-src 'none'; style-src 'sha256-${hashOf(style)}'; script-src 'sha256-${hashOf(script)}'; base-uri 'none'; form-action 'none'`;
  const answer = headline(clusters, run);

  return html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta http-equiv="Content-Security-Policy" content=${policy} />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="referrer" content="no-referrer" />
      <title>EKS kubelet audit, ${run.startedAt.slice(0, 10)}</title>
      <style dangerouslySetInnerHTML=${{ __html: style }}></style>
    </head>
    <body>
      <header>
        <div class="product">EKS kubelet audit</div>
        <h1>${answer}</h1>
        <p class="quiet">
          ${run.tally.clusters} ${run.tally.clusters === 1 ? 'cluster' : 'clusters'}, ${nodes(run.tally.nodes)}, read from
          ${' '}${time(run.startedAt)} to ${time(run.finishedAt)}; numbers of ${run.benchmark}.
        </p>
      </header>
      <main><slot /></main>
      <footer>
        <p>
          Made by eks-kubelet-audit ${version}. What could not be read is never counted as a pass. This page loads nothing and sends nothing.
        </p>
      </footer>
      <script dangerouslySetInnerHTML=${{ __html: script }}></script>
    </body>
  </html>`;
}

/** As a content security policy names a style or a script. */
const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64');

const time = (iso: string): VNode =>
  html`<time datetime=${iso}>${iso
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z')
    .replace('Z', ' UTC')}</time>`;
