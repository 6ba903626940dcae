import { recommendation } from '../findings/remedies/remediation-text.ts';
import { type Remedy, remedyFor, remedyNames } from '../findings/remedies/remedy.ts';
import { type JudgedNode, type RolledUp, rollUp, waiverOf } from '../findings/roll-up.ts';
import { statementKey, statementsOf } from '../findings/statement.ts';
import { combinedFixes } from '../fix/remediation/combined-fix.ts';
import type { Benchmark, Control } from '../judge/control.ts';
import { findControl } from '../judge/controls/catalogue/find-control.ts';
import { countStates } from '../model/access-states.ts';
import { addCounts } from '../model/add-counts.ts';
import { alikeBy } from '../model/alike-by.ts';
import type { AccessStatus, NodeGroup, Verdict } from '../model/model.ts';
import type { ReportedAudit, ReportedNode } from '../model/reported-audit.ts';
import { worstFirst as worstStatusFirst } from '../model/statuses.ts';
import { byText, shortHash } from '../model/text/words.ts';
import { isWaived } from '../model/verdict-parts.ts';
import { claimsOf } from '../run/node-group-gaps.ts';
import { type Counts, countVerdicts, countWaived } from '../run/outcome.ts';
import { nextPosture } from './deciding-results.ts';
import { clusterId, notLookedAtIn } from './not-looked-at.ts';
import { controlNumber, type ReportedControls } from './report.ts';

/** A verdict's status, or `waived`: a failure that a person has accepted until a date. */
export type Standing = AccessStatus;

/** Sorted by how urgently a person must act. */
export const standings: readonly Standing[] = worstStatusFirst;

/** How many there are of each; a waived failure is counted as waived only. */
export type StandingCounts = Readonly<Record<Standing, number>>;

/** Nodes that are named of one node group and control; the rest is counted. */
const mostNodes = 200;

/** What one control comes to on one node group. */
export type GroupResult = ReturnType<typeof resultOf>;

/** One cluster as a report shows it: small, for any number of nodes. */
export type ClusterPosture = ReturnType<typeof postureOf>;

/** Whether an audit looked only at the cluster itself, so that it listed no node. */
export const asksNoNode = ({ controls, inventory, nodes }: ReportedAudit): boolean =>
  nodes.length === 0 &&
  inventory.from !== 'none' &&
  controls.lookedAt.length > 0 &&
  controls.lookedAt.every((slug) => findControl(slug)?.about.kind === 'cluster');

/** Whether it is about a file of `evaluate next`. */
export const declaresNodes = ({ inventory, nodes }: Pick<ReportedAudit, 'inventory' | 'nodes'>): boolean =>
  inventory.from === 'saved' && nodes.every(({ node }) => node.declaredAt !== undefined);

/** What reports count: clusters and their nodes, or files and the node groups that they make. */
export const unitsOf = (clusters: readonly Pick<ClusterPosture, 'isOfNextNodes'>[]) =>
  clusters.length > 0 && clusters.every(({ isOfNextNodes }) => isOfNextNodes)
    ? ({ cluster: 'file', node: 'node group' } as const)
    : ({ cluster: 'cluster', node: 'node' } as const);

/** One cluster's audit, folded to what a report shows of it. */
export function postureOf(audit: ReportedAudit, { controls, benchmark }: ReportedControls) {
  const { cluster, auditedAt, inventory, problems, published, nodes } = audit;
  const results = rollUp(audit, controls, 'node-group').map(resultOf).toArray();
  const claims = claimsOf(audit);
  const next = nextPosture(audit, controls);

  return {
    cluster,
    auditedAt,
    inventory,
    problems,
    ...(published && { published }),
    ...(audit.benchmark !== undefined && { benchmark: audit.benchmark }),
    id: clusterId(cluster),
    nodes: nodes.length,
    // It is a file that will make nodes: each of its nodes is a node group.
    ...(declaresNodes(audit) && { isOfNextNodes: true as const }),
    // Only the cluster itself was looked at: the number of nodes says nothing.
    ...(asksNoNode(audit) && { asksNoNode: true as const }),
    groups: groupsOf(nodes),
    counts: standingCounts(countVerdicts(audit), countWaived(audit)),
    controls: new Map(
      [...alikeBy(results, ({ control }) => control.slug)].map(([slug, each]) => [slug, together(each)]),
    ),
    // Nodes by state, and what is known of each node group and state.
    states: countStates(nodes),
    statements: statementsOf(audit, controls),
    // Each statement's nodes as one file for each kind of node, by its key.
    fixes: fixesOf(audit, controls),
    // Absent where launch templates were not looked at.
    ...(next && { next }),
    // What is not simply a pass, the worst first.
    open: results
      .filter(({ standing }) => isOpen({ status: standing }))
      .toSorted((one, other) => rank(one.standing) - rank(other.standing)),
    // Node groups × controls that pass or are out of scope.
    quiet: results
      .filter(({ standing }) => !isOpen({ status: standing }))
      .map(({ control, group, standing, counts, waivers }) => ({ control, group, standing, counts, waivers })),
    notLookedAt: notLookedAtIn(audit, benchmark),
    unread: nodes.filter(
      ({ facts, verdicts }) =>
        facts === undefined && Object.values(verdicts).some(({ status }) => status === 'unknown' || status === 'warn'),
    ).length,
    // What AWS does not confirm.
    ...(claims && { claims }),
  };
}

/** The benchmark's number of a control in front of its title, or its name where the clusters' numbers differ: `3.2.3 The kubelet …`. */
export const controlTitle = (control: Control, benchmark: Benchmark | string): string =>
  [benchmark === 'auto' ? control.slug : controlNumber(control, benchmark), control.title].filter(Boolean).join(' ');

/** `managed node group workers`, as every report calls it. */
export const groupName = (group: NodeGroup | 'cluster'): string =>
  group === 'cluster' ? 'the cluster' : `${group.name} (${group.kind})`;

/** `managed` for `To fix it on …`. */
export const placeName = (place: Remedy | 'cluster'): string =>
  place === 'cluster' ? 'the cluster' : remedyNames[place];

export const noStandings: StandingCounts = { fail: 0, warn: 0, unknown: 0, waived: 0, pass: 0, 'not-applicable': 0 };

/** Counts of verdicts, with this many of the failures waived. */
const standingCounts = (counts: Counts, waived: number): StandingCounts => ({
  ...counts,
  fail: counts.fail - waived,
  waived,
});

/** The combined fix of each statement, by `statementKey`. */
function fixesOf({ cluster, nodes }: ReportedAudit, controls: readonly Control[]) {
  const alike = alikeBy(nodes, ({ node: { group }, access }) =>
    statementKey({ state: access?.state ?? 'not-read', group }),
  );
  return new Map(
    [...alike].map(([key, members]) => {
      const [{ node }] = members;
      // Names come from outside: the hash keeps two of them apart.
      const name = [cluster.name, node.group.name, shortHash(`${clusterId(cluster)} ${key}`).slice(0, 8)]
        .map((text) => text.replace(/[^A-Za-z0-9-]+/g, '-').slice(0, 60))
        .join('-');
      return [key, combinedFixes(members, { cluster, controls, name })] as const;
    }),
  );
}

const isOpen = ({ status }: { readonly status: Standing }): boolean => status !== 'pass' && status !== 'not-applicable';

/** The worst standing that has a count. */
export const worstOf = (counts: StandingCounts): Standing | undefined =>
  standings.find((standing) => counts[standing] > 0);

const rank = (standing: Standing): number => standings.indexOf(standing);

function resultOf({ subject, control, status, nodes, counts, waiver, verdict }: RolledUp) {
  const notable = nodes.filter(({ verdict }) => verdict.status !== 'pass' && verdict.status !== 'not-applicable');
  const waived = nodes.filter(
    (each) => each.verdict.status === 'fail' && waiverOf(each.verdict)?.state === 'active',
  ).length;
  const failing = notable.filter(({ verdict }) => verdict.status === 'fail' || verdict.status === 'warn');

  return {
    control,
    ...(waiver && { waiver }),
    // Of a control about the cluster itself, which has no nodes.
    ...(verdict && { verdict }),
    group: subject.scope === 'node-group' ? subject.group : ('cluster' as const),
    standing: status === 'fail' && waiver?.state === 'active' ? ('waived' as const) : status,
    counts: standingCounts(counts, verdict && isWaived(verdict) ? 1 : waived),
    // Those that neither pass nor are out of scope, the worst first.
    nodes: notable.slice(0, mostNodes),
    moreNodes: Math.max(0, notable.length - mostNodes),
    owners: [...new Set(notable.map(({ node }) => node.owner ?? ''))].slice(0, mostNodes),
    waivers: waiversOn(nodes),
    // How to fix it so that it lasts, for each kind of place that failing nodes come from.
    remedies: placesOf(failing, verdict).map((place) => {
      const { Text, Url } = recommendation(control, place === 'cluster' ? 'linux' : place);
      return { place, text: Text, url: Url };
    }),
  };
}

/** Clusters where a person must act come first, each kind in its order. */
export const worstFirst = (clusters: readonly ClusterPosture[]): readonly ClusterPosture[] =>
  clusters.toSorted((one, other) => rank(standingOf(one)) - rank(standingOf(other)));

/** The worst of a cluster; one that could not be listed is at best unread. */
export const standingOf = ({ counts, inventory }: ClusterPosture): Standing =>
  worstOf(inventory.from === 'none' ? { ...counts, unknown: counts.unknown + 1 } : counts) ?? 'not-applicable';

const placesOf = (failing: readonly JudgedNode[], verdict: Verdict | undefined): readonly (Remedy | 'cluster')[] =>
  verdict?.status === 'fail' ? ['cluster'] : [...new Set(failing.map(({ node }) => remedyFor(node)))];

/** The waivers on its failures, expired ones too, with the number of nodes of each. */
function waiversOn(nodes: readonly JudgedNode[]) {
  const found = nodes.flatMap(({ verdict }) => waiverOf(verdict) ?? []);
  const alike = alikeBy(found, ({ state, mark }) => JSON.stringify([state, mark.until, mark.by, mark.reason]));
  return [...alike.values()].map((each) => ({ ...each[0], nodes: each.length }));
}

const together = (results: readonly [GroupResult, ...GroupResult[]]) => ({
  standing: results.reduce((worst, each) => (rank(each.standing) < rank(worst.standing) ? each : worst)).standing,
  counts: results.map(({ counts }) => counts).reduce(addCounts, noStandings),
});

function groupsOf(nodes: readonly ReportedNode[]) {
  return [...alikeBy(nodes, ({ node }) => `${node.group.kind}/${node.group.name}`)]
    .toSorted(byText(([key]) => key))
    .map(([, members]) => {
      const kinds = [...new Set(members.map(({ node }) => node.kind))].toSorted();
      return { group: members[0].node.group, nodes: members.length, kinds };
    });
}
