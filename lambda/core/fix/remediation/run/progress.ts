import type { RemediationPlan, RunbookNode } from '../plan.ts';
import { runbookNodes } from './runbook-starts.ts';

/**
 * How one node ended. `untouched`: nothing was changed there, and the next node is started. `gone`: it left the cluster, which is no failure.
 * `restored`: it came back as it was before. `lost`: it did not come back, or not as planned. The last two stop a run.
 */
export type NodeOutcome =
  | { readonly state: 'done' | 'gone' }
  | { readonly state: 'untouched' | 'restored' | 'lost'; readonly because: string };

export interface NodeProgress extends RunbookNode {
  /** `managed/workers` */
  readonly group: string;
  readonly state: 'waiting' | 'running' | NodeOutcome['state'];
  readonly because?: string;
}

/** How far a run is. It is not stored: a new run audits again, and what is fixed is not in its plan. */
export interface Progress {
  /** In the order in which they are worked through. */
  readonly groups: readonly { readonly name: string; readonly nodes: readonly NodeProgress[] }[];
}

/** What to do next. `wait`: no further node may be started now. */
export type Next =
  | { readonly kind: 'start'; readonly nodes: readonly NodeProgress[] }
  | { readonly kind: 'wait'; readonly running: readonly NodeProgress[] }
  | { readonly kind: 'stopped'; readonly failed: readonly NodeProgress[] }
  | { readonly kind: 'finished' };

/** @param skipped keys of nodes that a person left out */
export function newProgress({ groups, trust }: RemediationPlan, skipped: readonly string[] = []): Progress {
  return {
    groups: groups.flatMap((group) => {
      const name = `${group.group.kind}/${group.group.name}`;
      const nodes = runbookNodes(group, trust)
        .filter(({ key }) => !skipped.includes(key))
        .map((node): NodeProgress => ({ ...node, group: name, state: 'waiting' }));
      return nodes.length === 0 ? [] : [{ name, nodes }];
    }),
  };
}

/**
 * Node groups one after the other, at most `maxUnavailable` nodes at a time. After the first node that failed nothing more is started; what is under
 * way is waited for, then the run is `stopped`.
 */
export function nextNodes({ groups }: Progress, maxUnavailable: number): Next {
  const all = groups.flatMap(({ nodes }) => nodes);
  const running = all.filter(({ state }) => state === 'running');
  const failed = all.filter(hasFailed);
  if (failed.length > 0) return running.length > 0 ? { kind: 'wait', running } : { kind: 'stopped', failed };

  const current = groups.find(({ nodes }) => nodes.some(isOpen));
  if (current === undefined) return { kind: 'finished' };

  const free = Math.max(0, Math.max(1, Math.floor(maxUnavailable) || 1) - running.length);
  const nodes = current.nodes.filter(({ state }) => state === 'waiting').slice(0, free);
  return nodes.length > 0 ? { kind: 'start', nodes } : { kind: 'wait', running };
}

export const started = (progress: Progress, keys: readonly string[]): Progress =>
  changed(progress, (node) =>
    keys.includes(node.key) && node.state === 'waiting' ? { ...node, state: 'running' } : node,
  );

/** A second outcome of a node changes nothing: the first one decided. */
export const ended = (progress: Progress, key: string, outcome: NodeOutcome): Progress =>
  changed(progress, (node) => (node.key === key && node.state === 'running' ? { ...node, ...outcome } : node));

export const hasFailed = ({ state }: Pick<NodeProgress, 'state'>): boolean => state === 'restored' || state === 'lost';
const isOpen = ({ state }: NodeProgress): boolean => state === 'waiting' || state === 'running';

function changed({ groups }: Progress, change: (node: NodeProgress) => NodeProgress): Progress {
  return { groups: groups.map(({ name, nodes }) => ({ name, nodes: nodes.map(change) })) };
}
