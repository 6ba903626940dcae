import { createHash } from 'node:crypto';
import type { VNode } from 'preact';
import type { RunEnd } from '../report.ts';
import { html } from './html.ts';
import { script, style } from './page-assets.ts';
import { nodes } from './words.ts';

interface Frame {
  /** The answer in one sentence, and what else a reader must know. */
  readonly answer: readonly [string, ...string[]];
  /** The parts of the page, in their order. */
  readonly contents: readonly ContentsEntry[];
  readonly run: Pick<RunEnd, 'startedAt' | 'finishedAt' | 'tally'>;
  /** `numbers of cis-eks-1.8.0`, or what else is said of the whole. */
  readonly about: string;
  readonly version: string;
}

/** A part of the page by its fragment. */
export interface ContentsEntry {
  readonly id: string;
  readonly text: string;
  /** Below the part before it. */
  readonly isDeep?: boolean;
}

/** Where the parts of a page go in its frame. Other text can't contain it, since text is escaped. */
export const gap = '<slot></slot>';

/** What every page has: its policy, style and script, the answer above and who made it below. */
export function frame({ answer: [answer, ...rest], contents, run, about, version }: Frame): VNode {
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
        <nav aria-label="contents"><ul>${contents.map(({ id, text, isDeep }) => html`<li class=${isDeep ? 'part-of' : undefined}><a href=${`#${id}`}>${text}</a></li>`)}</ul></nav>
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
