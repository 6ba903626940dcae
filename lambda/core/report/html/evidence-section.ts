import type { VNode } from 'preact';
import { alikeBy } from '../../model/alike-by.ts';
import type { ClusterNode, Verdict } from '../../model/model.ts';
import { proofOf, type Readings } from '../../model/proofs.ts';
import { viaText } from '../../model/text/origin-text.ts';
import { evidenceIn } from '../../model/verdict-parts.ts';
import { controlNumber, numberedFor } from '../control-list.ts';
import { type ClusterPosture, type GroupResult, groupName } from '../posture.ts';
import type { ReportedControls } from '../report.ts';
import { html } from './html.ts';
import { scrolling, table } from './table.ts';
import { filtered, filterToken } from './words.ts';

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
    <details class="kept"><summary>${readings.length} readings</summary>${scrolling(
      'evidence',
      table(['node', 'control', ['what was seen', 'value'], 'read', ['SHA-256 of the answer', 'value']], {
        widths: ['wide', 'part', 'wide', 'part', ''],
        rows: [...alikeBy(readings, answerKey).values()].map(answerRow),
        more: [left, 'nodes'],
      }),
    )}</details>
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
