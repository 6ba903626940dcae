import { alikeBy } from '../../../model/alike-by.ts';
import type { ClusterNode } from '../../../model/model.ts';
import { shortHash } from '../../../model/text/short-hash.ts';
import type { GroupPlan, RunbookNode } from '../plan.ts';

/** Why the runbook leaves this node to a person; absent when it can do it. It knows systemd's `kubelet` unit, and machines that AWS confirms. */
export function beyondRunbook({ kind, machine }: ClusterNode): string | undefined {
  if (kind === 'ubuntu') return 'the runbook knows systemd’s kubelet unit, and here the kubelet is a snap';
  if (machine.status !== 'confirmed') return `the runbook touches confirmed machines only: ${machine.because}`;
  return undefined;
}

/** The nodes of a group that the runbook has something to do on, by key, each with all of its controls: one start, one restart. */
export function runbookNodes({ nodes, steps }: GroupPlan, trust: readonly string[]): readonly RunbookNode[] {
  const ofRunbook = steps.filter(({ by }) => by === 'runbook');

  return nodes.flatMap(({ key, instanceId }) => {
    const own = ofRunbook.filter((step) => step.nodes.some((node) => node.key === key));
    if (instanceId === undefined || own.length === 0) return [];
    return [{ key, instanceId, controls: [...new Set(own.flatMap(({ controls }) => controls))].sort(), trust }];
  });
}

/** A node with something to fix, and its group. */
export interface GroupedNode extends RunbookNode {
  /** `managed/workers` */
  readonly group: string;
}

export interface RunbookStart {
  /** As `runbookGroup` names it. */
  readonly group: string;
  readonly instanceIds: readonly string[];
  readonly controls: readonly string[];
  readonly trust: readonly string[];
}

/** The number of nodes that one request changes in one cluster, and of values that a parameter of a runbook takes. */
const mostInstances = 50;

/**
 * A group's name as a parameter of the runbook takes it. The approver's mail shows it, so it has no dot: it could look like an address. One that had
 * to be changed ends in its hash, so that no two groups share a name.
 */
export function runbookGroup(group: string): string {
  const plain = group.replaceAll(/[^A-Za-z0-9_/-]+/g, '-').slice(0, 200);
  return plain === group ? plain : `${plain}~${shortHash(group)}`;
}

/**
 * One start for all nodes of a group with the same controls to fix, so that no node is changed more than requested. Two runbooks of one group exclude
 * each other: of a group with several starts the first counts. All together hold only the first 50 machines, in the order given; the rest can be
 * requested when these are done.
 */
export function runbookStarts(nodes: readonly GroupedNode[]): readonly RunbookStart[] {
  const perNode = [...alikeBy(nodes, ({ instanceId }) => instanceId)].map(([instanceId, same]) => ({
    instanceId,
    group: runbookGroup(same[0].group),
    controls: [...new Set(same.flatMap(({ controls }) => controls))].sort(),
    trust: same[0].trust,
  }));

  let left = mostInstances;
  return [...alikeBy(perNode, ({ group }) => group).values()].flatMap((members) => {
    const wordsOf = ({ controls, trust }: (typeof perNode)[number]) => JSON.stringify([controls, trust]);
    const [first] = members;
    const alike = members.filter((each) => wordsOf(each) === wordsOf(first)).slice(0, left);
    left -= alike.length;
    if (alike.length === 0) return [];
    const { group, controls, trust } = first;
    return [{ group, instanceIds: alike.map(({ instanceId }) => instanceId), controls, trust }];
  });
}
