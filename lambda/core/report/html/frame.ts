import { createHash } from 'node:crypto';
import type { VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import type { RunEnd } from '../report.ts';
import { html, nodes } from './html.ts';
import { script, style } from './page-assets.ts';

interface Frame {
  /** The answer in one sentence, and what else a reader must know. */
  readonly answer: readonly [string, ...string[]];
  readonly run: Pick<RunEnd, 'startedAt' | 'finishedAt' | 'tally'>;
  /** `numbers of cis-eks-1.8.0`, or what else is said of the whole. */
  readonly about: string;
  readonly version: string;
  /** Parts of the page by their fragments, below its clusters in the contents. */
  readonly clusters?: readonly (readonly [id: string, text: string])[];
}

/** What the contents call the parts that a page has, in their order. */
const partNames = {
  first: 'What to fix first',
  posture: 'Posture',
  coverage: 'Coverage',
  new: 'Since the last run',
  clusters: 'Clusters',
  trend: 'Trend',
  open: 'Node groups',
  waivers: 'Waivers',
  frameworks: 'By framework',
  evidence: 'Evidence',
  about: 'How it was made',
};

/** A whole page: its parts are rendered one after the other, and the contents name those that are there. */
export function* page(about: Frame, parts: Iterable<VNode | undefined>): Generator<string> {
  const rendered: string[] = [];
  for (const part of parts) if (part) rendered.push(renderToString(part));
  // Foreign text is escaped, so that it contains no quotation mark.
  const named = Object.entries(partNames).filter(([id]) => rendered.some((each) => each.includes(` id="${id}"`)));
  const [head = '', foot = ''] = renderToString(frame(about, named)).split(gap);
  yield `<!doctype html>\n${head}\n`;
  for (const each of rendered) yield `${each}\n`;
  yield `${foot}\n`;
}

/** Where the parts of a page go in its frame. */
const gap = '<slot></slot>';

/** What every page has: its policy, style and script, the answer above and who made it below. */
function frame(
  { answer: [answer, ...rest], clusters = [], run, about, version }: Frame,
  parts: readonly (readonly [id: string, text: string])[],
): VNode {
  const policy = `default-src 'none'; style-src 'sha256-${hashOf(style)}'; script-src 'sha256-${hashOf(script)}'; base-uri 'none'; form-action 'none'`;

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
        ${rest.length > 0 ? html`<p class="rest">${rest.join(' ')}</p>` : undefined}
        <p class="quiet">
          ${run.tally.clusters} ${run.tally.clusters === 1 ? 'cluster' : 'clusters'}, ${nodes(run.tally.nodes)}, read from
          ${' '}${time(run.startedAt)} to ${time(run.finishedAt)}; ${about}.
        </p>
      </header>
      <div class="page">
        ${parts.length > 0 ? html`<nav aria-label="contents"><ul>${parts.map(([id, text]) => html`<li><a href=${`#${id}`}>${text}</a></li>${id === 'clusters' ? clusters.map(([own, name]) => html`<li class="part-of"><a href=${`#${own}`}>${name}</a></li>`) : undefined}`)}</ul></nav>` : undefined}
        <main><slot /></main>
      </div>
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
