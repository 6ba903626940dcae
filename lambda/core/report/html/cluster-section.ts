import type { VNode } from 'preact';
import { holderText, openHolders, reasonText, waiverText } from '../../findings/asff/status-reasons.ts';
import { remedyFor } from '../../findings/remedies/remedy.ts';
import { type JudgedNode, waiverOf } from '../../findings/roll-up.ts';
import { type Statement, statementKey } from '../../findings/statement.ts';
import {
  causeText,
  changeText,
  closesText,
  failureText,
  ownerText,
  statementGroup,
} from '../../findings/statement-words.ts';
import type { Control } from '../../judge/control.ts';
import { replacementFor } from '../../judge/proxy-replacements.ts';
import { type Language, stateList } from '../../model/access-states.ts';
import { alikeBy } from '../../model/alike-by.ts';
import type { ClusterNode, Evidence, HeldRight, Verdict } from '../../model/model.ts';
import { originText, viaText } from '../../model/text/origin-text.ts';
import { howMany, sentence, shellWord, shortHash } from '../../model/text/words.ts';
import { evidenceIn, reasonIn } from '../../model/verdict-parts.ts';
import { nextCounts } from '../deciding-results.ts';
import {
  type ClusterPosture,
  controlTitle,
  type GroupResult,
  groupName,
  placeName,
  type Standing,
} from '../posture.ts';
import { controlNumber, type ReportedControls } from '../report.ts';
import { countWords } from '../standing-words.ts';
import { filtered, filterToken, html, nodes, ownerWords, preformatted, stateTag, table, tag } from './html.ts';
import { doorsPart, nodeBar } from './node-pictures.ts';
import { anchor, place, resultAnchor, statementAnchor } from './overview.ts';

interface ClusterSectionOptions extends Pick<ReportedControls, 'benchmark'> {
  readonly language?: Language;
  /** Beside other clusters its statements are folded: what to fix first has named those that matter. */
  readonly isAlone?: boolean;
}

/** One cluster: its node groups, each result that is no pass with its nodes and what to do, and what could not be read. Passing results are folded. */
export function clusterSection(cluster: ClusterPosture, options: ClusterSectionOptions): VNode {
  const known = cluster.open.filter(({ standing }) => standing !== 'unknown');

  return html`<section id=${anchor(cluster)} data-cluster=${`${cluster.cluster.name} ${place(cluster)}`} data-place=${filterToken(cluster.id)}>
    <h3>${cluster.cluster.name}</h3>
    <p class="quiet">${aboutCluster(cluster)}</p>
    ${nodeBar(cluster.states)}
    ${statementTable(cluster, options)} ${groupTable(cluster)}${nextTable(cluster, options)}
    ${[...alikeBy(known, ({ control, standing }) => `${standing} ${control.slug}`).values()].map((each) => resultPart(each, { ...options, cluster }))}
    ${problemList(cluster)}
    <div id=${`${anchor(cluster)}-unknown`}>${unknownOfCluster(cluster, options)} ${unknownTable(cluster, options)}</div>
    ${quietPart(cluster, options)}
  </section>`;
}

const listed = {
  kubernetes: 'listed by the API server',
  tags: 'known to AWS by tags',
  saved: 'from saved files',
  none: 'its nodes could not be listed',
} as const;

const aboutCluster = (posture: ClusterPosture): string =>
  [
    place(posture),
    posture.cluster.version ? `Kubernetes ${posture.cluster.version}` : '',
    nodesOf(posture),
    countWords(posture.counts),
  ]
    .filter(Boolean)
    .join('; ');

function nodesOf({ asksNoNode, inventory, nodes: count }: ClusterPosture): string {
  if (asksNoNode) return '';
  return inventory.from === 'none' ? listed.none : `${nodes(count)} ${listed[inventory.from]}`;
}

/** Each node group and state: the cause, and one fix for everything that its nodes fail. */
function statementTable(cluster: ClusterPosture, { language, isAlone }: ClusterSectionOptions): VNode | undefined {
  const { statements } = cluster;
  if (statements.length === 0) return undefined;

  const rows = statements
    .slice(0, mostStatements)
    .map((each) => [
      html`<span id=${statementAnchor(cluster, each)}>${stateTag(each.state, language)}</span> ${causeText(each, language)}${each.reason !== undefined && each.state !== 'not-read' ? html`<br /><span class="quiet">${each.reason}</span>` : undefined}`,
      statementGroup(each),
      ownerText(each, language),
      each.nodes,
      html`${changeText(each, language)}<br /><span class="quiet">${closesText(each, language)}</span>`,
    ]);
  return html`<details class="kept" open=${isAlone === true}>
    <summary>${stateList(cluster.states, language)}: cause, owner and fix of each node group</summary>
    ${table(['state and cause', 'node group', 'owner', ['nodes', 'number'], 'fix'], {
      widths: ['', 'wide', 'part', 'narrow', 'wide'],
      rows,
      more: [statements.length - rows.length, 'node groups'],
    })}
    ${doorsPart(statements)} ${statements.slice(0, mostStatements).map((each) => combinedPart(cluster, each))}
  </details>`;
}

const mostStatements = 200;

/** All settings of the statement in one file, what they may break, and how the change reaches the nodes. */
function combinedPart(cluster: ClusterPosture, statement: Statement): VNode | undefined {
  const fixes = cluster.fixes.get(statementKey(statement)) ?? [];
  const { arn } = cluster.cluster;
  const command = arn && `eks-kubelet-audit remediate ${shellWord(arn.name)} --region ${arn.region}`;
  return fixes.length === 0
    ? undefined
    : html`<details class="kept fix" id=${`${statementAnchor(cluster, statement)}-fix`}>
        <summary>One fix for ${nodes(statement.nodes)} of ${statementGroup(statement)}: ${changeText(statement)}</summary>
        ${fixes.map(
          ({ kind, snippet, cautions, controls, rollOut }) => html`<div class="pasted">
            <p><strong>${placeName(remedyFor({ kind, group: statement.group }))}</strong>: ${controls.map((slug) => failureText(slug)).join('; ')}</p>
            ${snippet && html`<p class="quiet">${snippet.fileName}, ${snippet.use}:</p>${preformatted(snippet.text)}`}
            ${cautions.length > 0 ? html`<ul>${cautions.map((each) => html`<li>${sentence(each)}</li>`)}</ul>` : undefined}
            <p>${rollOut}</p>
            ${command && html`<p>The change of each node: <code class="copied">${`${command} --controls ${controls.join()}`}</code></p>`}
          </div>`,
        )}
      </details>`;
}

function groupTable({ groups }: ClusterPosture): VNode | undefined {
  if (groups.length === 0) return undefined;

  return html`<details>
    <summary>${howMany(groups.length, 'node group')}</summary>
    ${table(['node group', 'nodes', 'kind'], { rows: groups.map((each) => [groupName(each.group), each.nodes, each.kinds.join(', ')]) })}
  </details>`;
}

/** What the node groups launch next: what fails, and where the running nodes and the next one disagree. */
function nextTable({ next }: ClusterPosture, { benchmark }: ClusterSectionOptions): VNode | undefined {
  if (!next) return undefined;

  const rows = next.results.slice(0, mostNext).map(({ group, control, standing, text }) => ({
    cells: [groupName(group), tag(standing), controlTitle(control, benchmark), text],
    props: { ...standingProps(standing, [control]), ...filtered([groupName(group)], []) },
  }));
  const more = [next.results.length - rows.length, 'results'] as const;
  return html`<h4>Next nodes</h4>
    <p>By what the node groups launch: ${nextCounts(next)}.</p>
    ${
      rows.length === 0
        ? undefined
        : html`<details class="kept" open=${next.results.some(({ standing }) => standing === 'fail')}><summary>${howMany(next.results.length, 'result')} of next nodes</summary>
            ${table(['next node of', 'verdict', 'control', 'what it means'], { rows, more })}</details>`
    }`;
}

/** By what the page's filter looks at a result. */
const standingProps = (standing: Standing, controls: readonly Control[]) => ({
  'data-standing': standing,
  'data-severity': [...new Set(controls.map(({ severity }) => severity.toLowerCase()))].join(' '),
});

const mostNext = 200;

/** One control in one state: its nodes by node group, and how to fix them, once for each kind of place. */
function resultPart(
  results: readonly [GroupResult, ...GroupResult[]],
  { benchmark, cluster }: ClusterSectionOptions & { readonly cluster: ClusterPosture },
): VNode {
  const [{ control, standing, verdict: own }] = results;
  const named = results.flatMap(({ group, nodes }) =>
    nodes.filter(({ verdict }) => verdict.status !== 'unknown').map((each) => ({ group, ...each })),
  );
  const remedies = new Map(results.flatMap((each) => each.remedies).map((each) => [each.place, each]));

  const id = resultAnchor(cluster, standing, control.slug);
  return html`<details class="result" id=${id} ...${standingProps(standing, [control])} ...${filtered(
    results.map(({ group }) => groupName(group)),
    results.flatMap(({ owners }) => owners),
  )}>
    <summary><h4>${tag(standing)} ${controlTitle(control, benchmark)}</h4> <span class="quiet">${control.severity.toLowerCase()}; ${groupWords(results)}</span></summary>
    <p class="deep"><a href=${`#${id}`}>Link to this result</a></p>
    ${own ? ofCluster(own) : nodeTable(named, { id, more: results.reduce((sum, { moreNodes }) => sum + moreNodes, 0) })}
    ${[...remedies.values()].map(
      ({ place: where, text, url }) => html`<div class="fix">
        <p><strong>To fix it on ${placeName(where)}:</strong> ${text}</p>
        <p class="quiet"><a href=${url} rel="noreferrer">${url}</a></p>
      </div>`,
    )}
  </details>`;
}

/** Node groups that a sentence names; the table has each. */
const mostGroups = 20;

function groupWords(results: readonly GroupResult[]): string {
  const words = results
    .slice(0, mostGroups)
    .map(({ group, counts }) =>
      group === 'cluster' ? 'of the cluster itself' : `${groupName(group)}: ${countWords(counts)}`,
    );
  const more = results.length - words.length;
  return [...words, ...(more > 0 ? [`and ${howMany(more, 'more node group')}`] : [])].join('; ');
}

/** What was seen of the cluster, and each holder of the right that is not allowed. */
const ofCluster = (verdict: Verdict): VNode => html`<p>${reasonText(verdict)}</p>
  <ul>${openHolders(verdict).map((each) => html`<li>${holderText(each)}${insteadText(each)}</li>`)}</ul>`;

type GroupedNode = JudgedNode & Pick<GroupResult, 'group'>;

/** What nodes of one group have in common is one row: the same reason is read once. */
function nodeTable(shown: readonly GroupedNode[], { id, more }: { readonly id: string; readonly more: number }): VNode {
  const alike = alikeBy(shown, ({ group, node, verdict }) => alikeKey(groupName(group), node, verdict));
  return table(['node', 'node group', 'verdict', ['value', 'value'], 'origin, or reason'], {
    widths: ['wide', 'part', 'narrow', 'wide', ''],
    rows: [...alike.values()].map((each) => nodeRow(each, id)),
    more: [more, 'nodes'],
  });
}

/** A reason may name its node. */
const alikeKey = (group: string, { key, name = '', owner }: ClusterNode, verdict: Verdict): string => {
  const { proof: _, ...evidence }: Partial<Evidence> = evidenceIn(verdict) ?? {};
  const said = JSON.stringify([group, owner, { ...verdict, evidence }]).replaceAll(key, '');
  return name === '' ? said : said.replaceAll(name, '');
};

/** A fragment for any node's key. */
const nodeAnchor = (id: string, key: string): string => `${id}-${/^[A-Za-z0-9-]+$/.test(key) ? key : shortHash(key)}`;

const shownName = ({ name, key }: ClusterNode, id: string): VNode =>
  html`<span><a class="deep" id=${nodeAnchor(id, key)} href=${`#${nodeAnchor(id, key)}`}>${name ?? key}</a>${name !== undefined && name !== key ? html`<br /><span class="quiet">${key}</span>` : ''}</span>`;

const ownerPart = ({ owner }: ClusterNode): VNode | undefined =>
  owner === undefined ? undefined : html` <span class="quiet owner">owner ${ownerWords(owner)}</span>`;

const insteadText = (held: HeldRight): string => {
  const { rights, advice } = replacementFor(held);
  return `. Instead: ${rights.join(', ') || advice}.`;
};

/** So many names stand with their keys; more are one list of names. */
const mostWithKeys = 3;

const nodeNames = (alike: readonly GroupedNode[], id: string): readonly VNode[] | VNode =>
  alike.length <= mostWithKeys
    ? alike.map(({ node }, index) => html`${index > 0 ? html`<br />` : ''}${shownName(node, id)}`)
    : html`${nodes(alike.length)}: ${alike.map(({ node }, index) => html`${index > 0 ? ', ' : ''}<span id=${nodeAnchor(id, node.key)}>${node.name ?? node.key}</span>`)}`;

function nodeRow(alike: readonly [GroupedNode, ...GroupedNode[]], id: string) {
  const [{ node, verdict, group }] = alike;
  const evidence = evidenceIn(verdict);
  const waiver = waiverOf(verdict);
  const origin = evidence && `${originText(evidence.origin)}, by ${viaText[evidence.via]}`;
  const why = [origin, reasonIn(verdict), ...(evidence?.notes ?? []), waiver && waiverText(waiver)]
    .filter((each) => each !== undefined)
    .join('; ');
  return {
    cells: [
      nodeNames(alike, id),
      html`${groupName(group)}${ownerPart(node)}`,
      tag(verdict.status === 'fail' && waiver?.state === 'active' ? 'waived' : verdict.status),
      evidence ? `${evidence.value} (expected ${evidence.expected})` : '',
      why,
    ],
    props: filtered([groupName(group)], [node.owner]),
  };
}

function problemList({ problems, inventory }: ClusterPosture): VNode | undefined {
  if (problems.length === 0)
    return inventory.from === 'none' ? html`<p>Its nodes could not be listed: nothing of it is known.</p>` : undefined;

  return html`<h4>What went wrong in this cluster</h4>
    <ul>
      ${problems.map(({ message, remedy }) => html`<li>${sentence(message)} <span class="quiet">${sentence(remedy)}</span></li>`)}
    </ul>`;
}

/** A row a node group and reason, with the controls that it leaves open: one reason usually leaves many. */
function unknownTable(
  { open, unread, controls }: ClusterPosture,
  { benchmark }: ClusterSectionOptions,
): VNode | undefined {
  const rows = unknownsOf(open);
  if (rows.length === 0) return undefined;

  const names = (some: readonly Control[]) =>
    some.length === controls.size && some.length > 1
      ? `all ${some.length}`
      : some.map((each) => controlNumber(each, benchmark) ?? each.slug).join(', ');
  const left = open.filter(({ standing }) => standing === 'unknown').reduce((sum, { moreNodes }) => sum + moreNodes, 0);
  return html`<details class="kept"><summary>What could not be read: ${howMany(rows.length, 'reason')}${unread > 0 ? `; of ${howMany(unread, 'node')} nothing at all` : ''}</summary>
    ${table(['node', 'node group', 'controls', 'what was tried, and what answered'], {
      widths: ['wide', 'part', 'part', ''],
      rows: rows.map(({ nodes: [node, ...others], because, controls: some }) => ({
        cells: [
          [node, ...others].map((each) => each.name ?? each.key).join(', '),
          html`${groupName(node.group)}${ownerPart(node)}`,
          names(some),
          because,
        ],
        props: { ...standingProps('unknown', some), ...filtered([groupName(node.group)], [node.owner]) },
      })),
      more: [left, 'nodes'],
    })}</details>`;
}

/** Controls about the cluster itself that could not be judged. */
const unknownOfCluster = ({ open }: ClusterPosture, { benchmark }: ClusterSectionOptions): readonly VNode[] =>
  open.flatMap(({ control, standing, verdict }) =>
    verdict && standing === 'unknown'
      ? [
          html`<p ...${standingProps('unknown', [control])}>${tag('unknown')} ${controlTitle(control, benchmark)}: ${reasonText(verdict)}</p>`,
        ]
      : [],
  );

function unknownsOf(open: readonly GroupResult[]) {
  const all = open.flatMap(({ control, nodes }) =>
    nodes.flatMap(({ node, verdict }) =>
      verdict.status === 'unknown' ? [{ node, because: verdict.because, control }] : [],
    ),
  );
  const alike = alikeBy(all, ({ node, because }) => `${node.key}\n${because}`);
  const ofNodes = [...alike.values()].map((each) => {
    const [{ node, because }] = each;
    return { node, because, controls: each.map(({ control }) => control) };
  });
  const byGroup = alikeBy(ofNodes, ({ node, because, controls }) =>
    [groupName(node.group), node.owner, because.replaceAll(node.key, ''), ...controls.map(({ slug }) => slug)].join(
      '\n',
    ),
  );
  return [...byGroup.values()].map(([first, ...others]) => {
    return { ...first, nodes: [first.node, ...others.map(({ node }) => node)] as const };
  });
}

function quietPart({ quiet }: ClusterPosture, { benchmark }: ClusterSectionOptions): VNode | undefined {
  if (quiet.length === 0) return undefined;

  const byControl = [...Map.groupBy(quiet, ({ control }) => control)];
  return html`<details>
    <summary>${howMany(quiet.length, 'node group × control')} that ${quiet.length === 1 ? 'passes' : 'pass'} or ${quiet.length === 1 ? 'is' : 'are'} not applicable</summary>
    <ul>
      ${byControl.map(([control, results]) => html`<li>${controlTitle(control, benchmark)}: ${results.map(({ group, counts }) => `${groupName(group)} ${countWords(counts)}`).join('; ')}</li>`)}
    </ul>
  </details>`;
}
