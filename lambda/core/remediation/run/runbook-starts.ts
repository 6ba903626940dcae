import type { RunbookNode } from '../plan.ts';

export interface RunbookStart {
  readonly instanceIds: readonly string[];
  readonly controls: readonly string[];
  readonly trust: readonly string[];
}

/** As many values as a parameter of a runbook takes. */
const mostInstances = 50;

/** One start for the nodes with the same controls to fix, so that no node is changed for more than was asked. */
export function runbookStarts(nodes: readonly RunbookNode[]): readonly RunbookStart[] {
  const perNode = [...Map.groupBy(nodes, ({ instanceId }) => instanceId)].map(([instanceId, same]) => ({
    instanceId,
    controls: [...new Set(same.flatMap(({ controls }) => controls))].sort(),
    trust: same[0]?.trust ?? [],
  }));

  return [...Map.groupBy(perNode, ({ controls, trust }) => JSON.stringify([controls, trust])).values()].flatMap(
    (alike) =>
      Array.from({ length: Math.ceil(alike.length / mostInstances) }, (_, index) => {
        const some = alike.slice(index * mostInstances, (index + 1) * mostInstances);
        return {
          instanceIds: some.map(({ instanceId }) => instanceId),
          controls: some[0]?.controls ?? [],
          trust: some[0]?.trust ?? [],
        };
      }),
  );
}
