import type { VNode } from 'preact';
import type { Control } from '../../judge/control.ts';
import { frameworks, requirementIndex } from '../../judge/frameworks/requirements.ts';
import { addCounts } from '../../model/add-counts.ts';
import { howMany } from '../../model/text/how-many.ts';
import { controlList, numberedForAll } from '../control-list.ts';
import { type ClusterPosture, noStandings, type StandingCounts, worstOf } from '../posture.ts';
import type { ReportedControls } from '../report.ts';
import { countWords } from '../standing-words.ts';
import { html } from './html.ts';
import { scrolling, table } from './table.ts';
import { tag } from './words.ts';

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
        ${scrolling(
          `requirements of ${frameworks[framework].title}`,
          table(['requirement', 'controls', 'verdicts'], {
            isSmall: true,
            rows: rows.map(({ id, controls }) => [
              id,
              controls.map((each) => controlList([each], numbered)).join(', '),
              verdicts(countsOf(clusters, controls)),
            ]),
          }),
        )}</details>`,
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
