import type { VNode } from 'preact';
import { alikeBy } from '../../model/alike-by.ts';
import type { ClusterNode, Evidence, Verdict } from '../../model/model.ts';
import type { Proof } from '../../model/node-facts.ts';
import { proofOf, type Readings } from '../../model/proofs.ts';
import { viaText } from '../../model/text/origin-text.ts';
import { evidenceIn } from '../../model/verdict-parts.ts';
import { controlNumber, numberedFor } from '../control-list.ts';
import { type ClusterPosture, type GroupResult, groupName, type Standing } from '../posture.ts';
import { html } from './html.ts';
import { filtered, filterToken, moreRow, scrolling } from './words.ts';

interface EvidenceSectionOptions {
  readonly benchmark: string;
}

interface Row {
  readonly cluster: Pick<ClusterPosture, 'id' | 'cluster'>;
  readonly node: string;
  readonly kubeletVersion: string;
  readonly control: string;
  readonly severity: string;
  readonly standing: Standing;
  readonly group: string;
  readonly owner: string | undefined;
  readonly evidence: Evidence;
  readonly proof: Proof | undefined;
}

/** Whether the section has a row of it. */
export const hasEvidence = ({ nodes, verdict }: Pick<GroupResult, 'nodes' | 'verdict'>): boolean =>
  judgedNodes(nodes, verdict).some((each) => evidenceIn(each.verdict) !== undefined);

/** On what each verdict that is no pass rests: value, time of reading, SHA-256 of the answer as it came. */
export function evidenceSection(
  clusters: readonly ClusterPosture[],
  options: EvidenceSectionOptions,
): VNode | undefined {
  const rows = clusters.flatMap((cluster) =>
    cluster.open.flatMap((result) => rowsOf(cluster, result, numberedFor(options, cluster).benchmark)),
  );
  if (rows.length === 0) return undefined;

  const left = clusters.flatMap(({ open }) => open).reduce((sum, { moreNodes }) => sum + moreNodes, 0);
  return html`<section class="appendix" id="evidence">
    <h2>Evidence</h2>
    <p>Each answer is kept reduced to the settings of the controls; its SHA-256 is of the answer as it came.</p>
    <details class="kept"><summary>${rows.length} readings</summary>${scrolling(
      'evidence',
      html`<table class="nodes">
        <colgroup><col class="wide" /><col class="part" /><col class="wide" /><col class="part" /><col /></colgroup>
        <thead>
          <tr><th scope="col">node</th><th scope="col">control</th><th scope="col">what was seen</th><th scope="col">read</th><th scope="col">SHA-256 of the answer</th></tr>
        </thead>
        <tbody>
          ${[...alikeBy(rows, answerKey).values()].map(answerRow)}
          ${moreRow(5, left, 'nodes')}
        </tbody>
      </table>`,
    )}</details>
  </section>`;
}

/** What one answer of a node shows of controls with one standing and severity, which is what filters look at. */
const answerKey = ({ cluster, node, standing, severity, evidence, proof }: Row): string =>
  [cluster.id, cluster.cluster.name, node, standing, severity, evidence.via, proof?.readAt, proof?.sha256].join('\n');

function answerRow(alike: readonly [Row, ...Row[]]): VNode {
  const [{ cluster, node, kubeletVersion, severity, standing, group, owner, evidence, proof }] = alike;
  return html`<tr data-standing=${standing} data-severity=${severity} data-place=${filterToken(cluster.id)} data-words=${[group, owner].filter(Boolean).join(' ')} ...${filtered([group], [owner])}>
    <th scope="row">${node}<br /><span class="quiet">${[cluster.cluster.name, kubeletVersion].filter(Boolean).join(', ')}</span></th>
    <td data-label="control">${alike.map(({ control }) => control).join(', ')}</td>
    <td data-label="seen"><span class="value">${alike.map((each) => `${each.evidence.setting}: ${each.evidence.value}`).join('; ')}</span></td>
    <td data-label="read">${[proof?.readAt ?? '', `by ${viaText[evidence.via]}`].filter(Boolean).join(' ')}</td>
    <td data-label="SHA-256" class="value">${proof?.sha256 ?? ''}</td>
  </tr>`;
}

const rowsOf = (
  cluster: ClusterPosture,
  { control, group, standing, nodes, verdict: own }: GroupResult,
  benchmark: string,
): readonly Row[] =>
  judgedNodes(nodes, own).flatMap(({ node, verdict, readings }) => {
    const evidence = evidenceIn(verdict);
    return evidence
      ? [
          {
            cluster,
            node: node.name ?? node.key,
            kubeletVersion: node.kubeletVersion ?? '',
            control: [controlNumber(control, benchmark), control.slug].filter(Boolean).join(' '),
            severity: control.severity.toLowerCase(),
            standing,
            group: groupName(group),
            owner: node.owner,
            evidence,
            proof: proofOf(verdict, readings),
          },
        ]
      : [];
  });

interface JudgedNode {
  readonly node: Pick<ClusterNode, 'key' | 'name' | 'kubeletVersion' | 'owner'>;
  readonly verdict: Verdict;
  readonly readings?: Readings;
}

/** What each verdict is about: a node, or the cluster itself. */
const judgedNodes = (nodes: GroupResult['nodes'], own: Verdict | undefined): readonly JudgedNode[] =>
  own ? [{ node: { key: 'the cluster' }, verdict: own }] : nodes;
