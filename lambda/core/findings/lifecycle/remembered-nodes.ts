import type { NodeGroup } from '../../model/model.ts';
import type { ReconciledAudit } from './comparison.ts';
import type { States } from './finding-states.ts';
import { longestKey, type Memory } from './memory.ts';

/** More are not remembered: the largest clusters that EKS supports have some thousand nodes. */
const mostMachines = 20_000;

/** EKS supports clusters of 100,000 nodes: those after these have waited for a shorter time. */
const mostUnreached = 50_000;

/** What the next run has to know of single nodes. */
export const rememberedNodes = (
  audit: ReconciledAudit,
  before: Memory,
  states: States,
): Pick<Memory, 'machines' | 'hybrid' | 'unreached'> => ({
  ...failingNodes(audit, before, states),
  ...unreachedNodes(audit, before),
});

/**
 * Machines that failed, and those that failed before and of which nothing else is known yet: the next run asks EC2 for those that it doesn't find
 * otherwise. While AWS or the API server did not list everything, nothing says that one is gone. A hybrid node has no such proof at all.
 */
function failingNodes({ nodes, inventory }: ReconciledAudit, before: Memory, states: States) {
  const hybrid = new Set(before.hybrid);
  const remembered = new Map(Object.entries(before.machines ?? {}));
  const listed = new Map<string, NodeGroup | undefined>();
  for (const { node, verdicts } of nodes) {
    const id = node.machine.status === 'confirmed' ? node.machine.instanceId : '';
    const statuses = Object.values(verdicts).map(({ status }) => status);
    const isFailing = statuses.some((each) => each === 'fail' || each === 'warn');
    // One that is not read keeps what was known of it.
    const isUnread = statuses.includes('unknown');
    if (id.startsWith('i-')) listed.set(id, isFailing || (isUnread && remembered.has(id)) ? node.group : undefined);
    else if (isFailing && node.group.kind === 'hybrid' && node.key.length <= longestKey) hybrid.add(node.key);
    else if (!isUnread) hybrid.delete(node.key);
  }
  for (const node of [...(inventory.withoutKubelet ?? []), ...(inventory.contested ?? [])])
    listed.set(node.key, remembered.has(node.key) ? node.group : undefined);

  const isWhole = inventory.complete && !inventory.machinesUnknown;
  const ofSweeps = stillOfSweeps(states);
  const kept = [...remembered].filter(([id]) => !listed.has(id) && (!isWhole || ofSweeps.has(id)));
  const failing = [...listed].flatMap(([id, group]) => (group ? [[id, group] as const] : []));
  const all = [...failing, ...kept].slice(0, mostMachines);
  return {
    ...(all.length > 0 && { machines: Object.fromEntries(all.map(([id, { kind, name }]) => [id, { kind, name }])) }),
    ...(hybrid.size > 0 && { hybrid: [...hybrid].slice(0, mostMachines) }),
  };
}

/** Machines of failures that sweeps saw, and that no run has judged since. */
const stillOfSweeps = (states: States): ReadonlySet<string> =>
  new Set(
    [...states.values()].flatMap(({ after }) => (after?.status === 'pass' ? [] : (after?.swept?.machines ?? []))),
  );

/** Nodes for which there was no time. Those that had to wait before come first, or two halves of a cluster could keep a third from being read. */
function unreachedNodes({ nodes }: ReconciledAudit, before: Memory): Pick<Memory, 'unreached'> {
  const unreached = new Set(
    nodes.flatMap(({ node, facts, failures = [] }) =>
      !facts && node.key.length <= longestKey && failures.some(({ kind }) => kind === 'deadline') ? [node.key] : [],
    ),
  );
  const waiting = (before.unreached ?? []).filter((key) => unreached.has(key));
  const all = [...new Set([...waiting, ...unreached])].slice(0, mostUnreached);
  return all.length > 0 ? { unreached: all } : {};
}
