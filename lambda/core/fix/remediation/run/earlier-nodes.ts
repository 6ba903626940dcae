import type { ClusterAudit, NodeAudit } from '../../../model/model.ts';
import { type ChosenNodes, groupName, isChosen, type NodeProgress, type Progress } from './progress.ts';
import type { RemedyAnswer } from './remedy-answer.ts';

/** What a run did on one machine before now. */
export interface EarlierNode {
  readonly instanceId: string;
  readonly controls: readonly string[];
  /** Absent where its end is not known. */
  readonly outcome?: RemedyAnswer['outcome'];
  /** What its document said that it changed. */
  readonly changes?: RemedyAnswer['changes'];
}

/**
 * A run that goes on: what it did not reach comes first, then what refused or failed. A node that it changed and that has nothing left to fix counts as
 * done, and is not touched again.
 */
export function resumed(
  progress: Progress,
  { nodes }: Pick<ClusterAudit, 'nodes'>,
  earlier: readonly EarlierNode[],
): Progress {
  const last = new Map(earlier.map((each) => [each.instanceId, each]));
  const planned = new Set(progress.groups.flatMap((group) => group.nodes.map(({ key }) => key)));
  const done = nodes
    .filter(({ node }) => !planned.has(node.key))
    .flatMap((audit) => {
      const before = last.get(instanceIdOf(audit) ?? '');
      return before && ['changed', 'already'].includes(before.outcome ?? '')
        ? [progressOf(audit, { ...before, state: 'done' })]
        : [];
    });

  const open = progress.groups.flatMap((group) => group.nodes);
  const isTried = ({ instanceId }: NodeProgress) => last.has(instanceId);
  // After every other group: what failed before must not keep them waiting.
  return {
    groups: [...inGroups([...done, ...open.filter((node) => !isTried(node))]), ...inGroups(open.filter(isTried))],
  };
}

const inGroups = (nodes: readonly NodeProgress[]): Progress['groups'] =>
  [...Map.groupBy(nodes, ({ group }) => group)].map(([name, same]) => ({ name, nodes: same }));

/** The nodes that a run changed, or may have changed, and that are still in the cluster: to be put back. */
export function undoing(
  { nodes }: Pick<ClusterAudit, 'nodes'>,
  earlier: readonly EarlierNode[],
  chosen: ChosenNodes = {},
): Progress {
  const mayHaveChanged = ({ outcome }: EarlierNode) => outcome === undefined || outcome === 'changed';
  const commands = Map.groupBy(earlier.filter(mayHaveChanged), ({ instanceId }) => instanceId);
  const waiting = nodes.flatMap((audit) => {
    const instanceId = instanceIdOf(audit) ?? '';
    const all = commands.get(instanceId) ?? [];
    if (all.length === 0 || !isChosen(audit.node.key, audit.node.group, chosen)) return [];
    const controls = [...new Set(all.flatMap((each) => each.controls))];
    const changes = all.toReversed().flatMap((each) => each.changes ?? []);
    return [{ ...progressOf(audit, { instanceId, controls, state: 'waiting' }), changes }];
  });
  return { groups: inGroups(waiting.slice(0, chosen.limit ?? waiting.length)) };
}

const instanceIdOf = ({ node: { machine } }: NodeAudit): string | undefined =>
  machine.status === 'confirmed' ? machine.instanceId : undefined;

const progressOf = (
  { node }: NodeAudit,
  { instanceId, controls, state }: EarlierNode & { readonly state: 'waiting' | 'done' },
): NodeProgress => ({ key: node.key, instanceId, controls, trust: [], group: groupName(node.group), state });
