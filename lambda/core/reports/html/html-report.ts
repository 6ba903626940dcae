import { renderToString } from 'preact-render-to-string';
import type { Control } from '../../control.ts';
import { headline } from '../headline.ts';
import { type ClusterPosture, postureOf } from '../posture.ts';
import type { Report, RunEnd } from '../report.ts';
import { clusterSection } from './cluster-section.ts';
import { evidenceSection } from './evidence-section.ts';
import { frame, gap } from './frame.ts';
import { filter, overview } from './overview.ts';
import { RowBudget } from './row-budget.ts';

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

function* page(clusters: readonly ClusterPosture[], run: RunEnd, options: HtmlOptions): Generator<string> {
  const [before = '', after = ''] = renderToString(
    frame({ answer: headline(clusters, run), run, about: `numbers of ${run.benchmark}`, version: options.version }),
  ).split(gap);
  const budget = new RowBudget(mostRows);

  yield `<!doctype html>\n${before}\n`;
  yield `${renderToString(overview(clusters, run, options))}\n`;
  yield `${renderToString(filter())}\n`;
  for (const cluster of clusters) yield `${renderToString(clusterSection(cluster, options, budget))}\n`;
  const evidence = new RowBudget(mostRows);
  const appendix = evidenceSection(clusters, options, evidence);
  if (appendix) yield `${renderToString(appendix)}\n`;
  yield `${after}\n`;
}
