import type { GroupPlan, RunbookNode } from '../plan.ts';

/** The nodes of a group that the runbook has something to do on, by key, each with all of its controls: one start, one restart. */
export function runbookNodes({ nodes, steps }: GroupPlan, trust: readonly string[]): readonly RunbookNode[] {
  const ofRunbook = steps.filter(({ by }) => by === 'runbook');

  return nodes.flatMap(({ key, instanceId }) => {
    const own = ofRunbook.filter((step) => step.nodes.some((node) => node.key === key));
    if (instanceId === undefined || own.length === 0) return [];
    return [{ key, instanceId, controls: [...new Set(own.flatMap(({ controls }) => controls))].sort(), trust }];
  });
}
