import { type FindingName, findingId, type Subject } from '../../findings/identity.ts';
import type { Control } from '../../judge/control.ts';
import type { ClusterAudit, NodeAudit, Verdict, WaiverMark } from '../../model/model.ts';
import type { GroupPlan } from './plan.ts';
import { planRemediation } from './plan-remediation.ts';
import { groupName, runbookNodes } from './run/progress.ts';
import type { GroupedNode } from './run/runbook.ts';

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
