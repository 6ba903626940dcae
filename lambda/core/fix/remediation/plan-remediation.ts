import { type FindingName, findingId, type Subject } from '../../findings/identity.ts';
import type { Control } from '../../judge/control.ts';
import { alikeBy } from '../../model/alike-by.ts';
import type { ClusterAudit, NodeAudit, Verdict, WaiverMark } from '../../model/model.ts';
import { byText } from '../../model/text/words.ts';
import { groupsToFix, lastingFixes, templateFixes } from './lasting-fix.ts';
import {
  type Change,
  type GroupPlan,
  methods,
  type NodeStep,
  type NotPlanned,
  type PlannedNode,
  type RemediationPlan,
  type Step,
} from './plan.ts';
import { groupName, runbookNodes } from './run/progress.ts';
import type { GroupedNode } from './run/runbook.ts';
import { nodeSteps } from './steps/node-steps.ts';

export interface PlanOptions {
  /** What to fix; what else fails is left alone. */
  readonly controls: readonly Control[];
}

/**
 * What to change so that the failing controls of a cluster pass: node group by node group, in a stable order, each value where it comes from. It uses
 * only what was seen: what could not be read is listed with the reason, never guessed. Nothing is changed here.
 */
export function planRemediation(audit: ClusterAudit, options: PlanOptions): RemediationPlan {
  const { cluster, auditedAt, nodes } = audit;
  const trust = [...(cluster.endpoint?.caFingerprints ?? [])].filter((each) => /^[0-9a-f]{64}$/.test(each));

  const groups = [...Map.groupBy(nodes, ({ node }) => groupName(node.group))]
    .sort(byText(([key]) => key))
    .map(([, members]) => groupPlan(members.toSorted(byText(({ node }) => node.key)), audit, { ...options, trust }));

  const planned = groups.filter((group) => group !== undefined);
  return {
    cluster: { name: cluster.name, ...(cluster.arn && { arn: cluster.arn }) },
    auditedAt,
    trust,
    groups: withTemplates(planned, audit, options),
  };
}

/** With what the templates of the groups have to say instead; a group whose nodes are right may have a template that is not. */
function withTemplates(
  plans: readonly GroupPlan[],
  audit: ClusterAudit,
  { controls }: PlanOptions,
): readonly GroupPlan[] {
  const nothing = { nodes: [], steps: [], lasting: [], notPlanned: [] } as const;
  const planned = new Map(plans.map((each) => [groupName(each.group), each]));
  for (const group of groupsToFix(audit)) {
    const templates = templateFixes(audit, group, controls);
    const plan = planned.get(groupName(group)) ?? { group, ...nothing };
    if (templates.length > 0) planned.set(groupName(group), { ...plan, templates });
  }
  return [...planned.values()].toSorted(byText(({ group }) => groupName(group)));
}

function groupPlan(
  members: readonly NodeAudit[],
  { cluster }: ClusterAudit,
  { controls, trust }: PlanOptions & { readonly trust: readonly string[] },
): GroupPlan | undefined {
  const [first] = members;
  const outcomes = members.map((audit) => ({ audit, outcome: nodeSteps(audit, { cluster, trust, controls }) }));
  const order = controls.map(({ slug }) => slug);

  const steps = joinNodes(
    outcomes.flatMap(({ audit, outcome }) =>
      joinControls(outcome.filter((each) => 'method' in each)).map((step) => ({ node: plannedNode(audit), step })),
    ),
  );
  const notPlanned = joinReasons(
    outcomes.flatMap(({ audit, outcome }) =>
      outcome.flatMap((each) => ('notPlanned' in each ? [{ node: plannedNode(audit), ...each }] : [])),
    ),
  ).toSorted((one, other) => order.indexOf(one.control) - order.indexOf(other.control));
  if (first === undefined || (steps.length === 0 && notPlanned.length === 0)) return undefined;

  const touched = new Set(steps.flatMap(({ nodes }) => nodes.map(({ key }) => key)));
  return {
    group: first.node.group,
    nodes: members.filter(({ node }) => touched.has(node.key)).map(plannedNode),
    steps,
    lasting: lastingFixes(members, { cluster, trust, controls }),
    notPlanned,
  };
}

function plannedNode({ node }: NodeAudit): PlannedNode {
  return {
    key: node.key,
    ...(node.name !== undefined && { name: node.name }),
    ...(node.machine.status === 'confirmed' && { instanceId: node.machine.instanceId }),
    kind: node.kind,
  };
}

type OneNode = Omit<Step, 'nodes'>;

/** The controls of one node that are fixed in one place become one step. */
function joinControls(steps: readonly NodeStep[]): readonly OneNode[] {
  const alike = alikeBy(steps, ({ method, by, changes, survives, because }) =>
    JSON.stringify([method, by, survives, changes.length === 0 ? because : changes.map(placeOf)]),
  );

  return [...alike.values()].map((same) => {
    const [{ control: _, ...step }] = same;
    return {
      ...step,
      controls: distinct(same.map(({ control }) => control)),
      because: distinct(same.map(({ because }) => because)).join('; '),
      changes: distinct(same.flatMap(({ changes }) => changes)),
      commands: inOrder(same.map(({ commands }) => commands)),
      cautions: distinct(same.flatMap(({ cautions }) => cautions)),
    };
  });
}

/** Two changes of one place are one edit. */
function placeOf(change: Change): unknown {
  if (change.kind === 'argument') return change.places;
  return change.kind === 'option' ? 'settings' : [change.file, change.kind];
}

/** What several controls share, such as the restart, comes once and last. */
const inOrder = (lists: readonly (readonly string[])[]): readonly string[] =>
  distinct(lists.flat().toReversed()).toReversed();

/** Nodes with the same to do share a step. */
function joinNodes(planned: readonly { readonly node: PlannedNode; readonly step: OneNode }[]): readonly Step[] {
  const alike = alikeBy(planned, ({ step, node }) => JSON.stringify([node.kind, step]));

  return [...alike.values()]
    .map((same) => ({ ...same[0].step, nodes: same.map(({ node }) => node) }))
    .toSorted((one, other) => methods.indexOf(one.method) - methods.indexOf(other.method));
}

function joinReasons(
  left: readonly { readonly node: PlannedNode; readonly control: string; readonly notPlanned: string }[],
): readonly NotPlanned[] {
  const alike = alikeBy(left, ({ control, notPlanned }) => JSON.stringify([control, notPlanned]));
  return [...alike.values()].map((same) => {
    const [{ control, notPlanned }] = same;
    return { control, nodes: same.map(({ node }) => node), because: notPlanned };
  });
}

function distinct<T>(all: readonly T[]): readonly T[] {
  return [...new Map(all.map((each) => [JSON.stringify(each), each])).values()];
}

/** What to do for one finding, by what was just seen of its nodes. */
export type FindingWork =
  | { readonly kind: 'nodes'; readonly nodes: readonly GroupedNode[] }
  | { readonly kind: 'nothing-to-do' | 'not-planned'; readonly because: string };

interface WorkOfOptions {
  readonly id: string;
  readonly name: FindingName;
  readonly control: Control;
}

/** The finding's own nodes and control, and nothing else of the cluster: the person who asked saw only this finding. */
export function workOf({ id, name, control }: WorkOfOptions, audit: ClusterAudit): FindingWork {
  if (name.scope === 'next-node')
    return { kind: 'not-planned', because: 'it is about a node that does not exist yet: change its launch template' };

  const members = audit.nodes.filter((each) => findingId(control.slug, name.cluster, subjectOf(name, each)) === id);
  if (members.length === 0)
    return { kind: 'nothing-to-do', because: 'none of its nodes is in the cluster any more, or none could be listed' };

  const open = members.filter(({ verdicts }) => verdicts[control.slug]?.status === 'fail');
  if (open.length === 0) return { kind: 'nothing-to-do', because: notFailing(members, control) };

  const waived = open.flatMap(({ verdicts }) => waiverOf(verdicts[control.slug]) ?? []);
  if (waived.length === open.length) return { kind: 'nothing-to-do', because: accepted(waived) };

  const { groups, trust } = planRemediation({ ...audit, nodes: open }, { controls: [control] });
  const nodes = groups.flatMap((group) =>
    runbookNodes(group, trust).map((node) => ({ ...node, group: groupName(group.group) })),
  );
  return nodes.length > 0 ? { kind: 'nodes', nodes } : { kind: 'not-planned', because: byPerson(groups) };
}

const waiverOf = (verdict: Verdict | undefined): WaiverMark | undefined =>
  verdict?.status === 'fail' ? verdict.waived : undefined;

const accepted = (marks: readonly WaiverMark[]): string =>
  `its failure is accepted: ${[...new Set(marks.map(({ by, until, reason }) => `by ${by} until ${until} (${reason})`))].slice(0, 3).join('; ')}`;

function subjectOf({ scope }: FindingName, { node }: NodeAudit): Subject {
  switch (scope) {
    case 'cluster':
      return { scope };
    case 'node':
      return { scope, node };
    case 'node-group':
    case 'next-node':
      return { scope, group: node.group };
  }
}

function notFailing(members: readonly NodeAudit[], { slug }: Control): string {
  const open = members.map(({ verdicts }) => verdicts[slug]).find((each) => each && 'because' in each);
  return open && 'because' in open ? `it is not seen to fail now: ${open.because}` : 'it passes now';
}

function byPerson(groups: readonly GroupPlan[]): string {
  const reasons = groups.flatMap(({ steps, notPlanned }) => [
    ...steps.map(({ cautions, because }) => cautions[0] ?? because),
    ...notPlanned.map(({ because }) => because),
  ]);
  return `the runbook leaves it to a person: ${[...new Set(reasons)].slice(0, 3).join('; ')}`;
}
