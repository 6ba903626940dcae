import type { ClusterNode } from '../../../model/model.ts';
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

export interface RunbookStart {
  readonly instanceIds: readonly string[];
  readonly controls: readonly string[];
  readonly trust: readonly string[];
}

/** The number of nodes that one request changes in one cluster, and of values that a parameter of a runbook takes. */
const mostInstances = 50;

/**
 * One start for all nodes with the same controls to fix, so that no node is changed more than requested. It holds only the first 50 machines, in the
 * order given; the rest can be requested when these are done.
 */
export function runbookStarts(nodes: readonly RunbookNode[]): readonly RunbookStart[] {
  const perNode = [...Map.groupBy(nodes, ({ instanceId }) => instanceId)]
    .slice(0, mostInstances)
    .map(([instanceId, same]) => ({
      instanceId,
      controls: [...new Set(same.flatMap(({ controls }) => controls))].sort(),
      trust: same[0]?.trust ?? [],
    }));

  return [...Map.groupBy(perNode, ({ controls, trust }) => JSON.stringify([controls, trust])).values()].map(
    (alike) => ({
      instanceIds: alike.map(({ instanceId }) => instanceId),
      controls: alike[0]?.controls ?? [],
      trust: alike[0]?.trust ?? [],
    }),
  );
}
