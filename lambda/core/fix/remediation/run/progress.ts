import type { ClusterAudit, NodeAudit } from '../../../model/model.ts';
import type { GroupPlan, RemediationPlan, RunbookNode, Step } from '../plan.ts';
import { budgetOf, type MaxUnavailable } from './readiness.ts';
import type { RemedyAnswer } from './remedy-answer.ts';

/**
 * How one node ended. `untouched`: nothing was changed there, and the next node is started. `gone`: it left the cluster, which is no failure.
 * `restored`: it came back as it was before. `lost`: it did not come back, or not as planned. The last two stop a run, once there are too many.
 */
export type NodeOutcome =
  | { readonly state: 'done' | 'gone' }
  | { readonly state: 'untouched' | 'restored' | 'lost'; readonly because: string };

export const states = ['waiting', 'running', 'done', 'gone', 'untouched', 'restored', 'lost'] as const;

export interface NodeProgress extends RunbookNode {
  /** `managed/workers` */
  readonly group: string;
  readonly state: (typeof states)[number];
  readonly because?: string;
  /** Of an undo: what the run changed there, the newest command first. */
  readonly changes?: RemedyAnswer['changes'];
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
  /** Nothing is under way, and nodes of this group that are not Ready any more use up what may be unavailable. */
  | { readonly kind: 'held'; readonly group: string; readonly unready: readonly string[] }
  | { readonly kind: 'stopped'; readonly failed: readonly NodeProgress[] }
  | { readonly kind: 'finished' };

/** Which nodes a person chose. What is empty chooses nothing: then every node of the plan is meant. */
export interface ChosenNodes {
  /** Keys of nodes to leave out. */
  readonly skipped?: readonly string[];
  /** Keys of nodes: these alone. */
  readonly nodes?: readonly string[];
  /** Names of groups, with their kind or without: these alone. */
  readonly groups?: readonly string[];
  /** At most so many, in the plan's order. */
  readonly limit?: number | undefined;
  /** Instance ids of machines that the run has touched: the limit has counted them. */
  readonly touched?: readonly string[];
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

export function newProgress({ groups, trust }: RemediationPlan, chosen: ChosenNodes = {}): Progress {
  const { limit = Number.POSITIVE_INFINITY, touched = [] } = chosen;
  let left = Math.max(0, limit - new Set(touched).size);

  return {
    groups: groups.flatMap((group) => {
      const name = groupName(group.group);
      const nodes = runbookNodes(group, trust)
        .filter(({ key }) => isChosen(key, group.group, chosen))
        .filter(({ instanceId }) => touched.includes(instanceId) || left-- > 0)
        .map((node): NodeProgress => ({ ...node, group: name, state: 'waiting' }));
      return nodes.length === 0 ? [] : [{ name, nodes }];
    }),
  };
}

/** The plan of the chosen nodes. Of what the program itself does it has exactly the nodes of this progress. */
export function chosenPlan(plan: RemediationPlan, progress: Progress, chosen: ChosenNodes): RemediationPlan {
  const worked = new Set(progress.groups.flatMap(({ nodes }) => nodes.map(({ key }) => key)));
  const { groups: named = [], nodes: only = [] } = chosen;

  const groups = plan.groups.flatMap((group) => {
    const ofChosen = <T extends Pick<Step, 'nodes'>>(all: readonly T[], isKept: (key: string, of: T) => boolean) =>
      all
        .map((of) => ({ ...of, nodes: of.nodes.filter(({ key }) => isKept(key, of)) }))
        .filter(({ nodes }) => nodes.length > 0);
    const isMeant = (key: string) => isChosen(key, group.group, chosen);
    const steps = ofChosen(group.steps, (key, { by }) => isMeant(key) && (by !== 'runbook' || worked.has(key)));
    const notPlanned = ofChosen(group.notPlanned, isMeant);
    const nodes = group.nodes.filter(({ key }) => steps.some((step) => step.nodes.some((node) => node.key === key)));
    const names = [group.group.name, groupName(group.group)];
    const isWhole = named.length === 0 ? only.length === 0 : named.some((name) => names.includes(name));
    const isEmpty = steps.length + notPlanned.length === 0;
    return isEmpty && !(isWhole && group.templates) ? [] : [{ ...group, nodes, steps, notPlanned }];
  });
  return { ...plan, groups };
}

/** How fast nodes are changed, and what stops it. */
export interface PaceOptions extends Required<Omit<NextNodesOptions, 'unready' | 'sizes'>> {
  /** Percent of a group that may be unready when it is begun. */
  readonly maxUnready: number;
  /** Changes nodes though the API server can't say whether they are Ready. */
  readonly withoutReady: boolean;
  /** The end of the maintenance window: no node is begun after it. */
  readonly until?: Date;
}

/** `managed/workers` */
export const groupName = ({ kind, name }: { readonly kind: string; readonly name: string }): string =>
  `${kind}/${name}`;

function isChosen(
  key: string,
  group: Parameters<typeof groupName>[0],
  { skipped = [], nodes = [], groups = [] }: ChosenNodes,
): boolean {
  return (
    !skipped.includes(key) &&
    (nodes.length === 0 || nodes.includes(key)) &&
    (groups.length === 0 || groups.includes(groupName(group)) || groups.includes(group.name))
  );
}

export interface NextNodesOptions {
  /** Nodes that may be unavailable at a time: those under way, and those of the group that are not Ready. */
  readonly maxUnavailable: MaxUnavailable;
  /** By group, how many nodes it has, of which a percentage is taken. */
  readonly sizes?: ReadonlyMap<string, number>;
  /** After so many nodes that failed, or this part of all, nothing more is started; 1 when absent. */
  readonly maxFailures?: MaxUnavailable;
  /** So many nodes of each group are done before any other node is started; with them, the first failure stops. */
  readonly canary?: number;
  /** By group, the keys of nodes that are not Ready. */
  readonly unready?: ReadonlyMap<string, readonly string[]>;
}

/**
 * First the canaries of each group, then node groups one after the other. After `maxFailures` nodes that failed nothing more is started; what is under
 * way is waited for, then the run is `stopped`.
 */
export function nextNodes(
  { groups }: Progress,
  { maxUnavailable, maxFailures = 1, canary = 0, sizes, unready = new Map() }: NextNodesOptions,
): Next {
  const all = groups.flatMap(({ nodes }) => nodes);
  const running = all.filter(({ state }) => state === 'running');
  const failed = all.filter(hasFailed);
  const { current, isTrial } = phaseOf({ groups }, canary);
  if (failed.length >= (isTrial ? 1 : budgetOf(maxFailures, all.length)))
    return running.length > 0 ? { kind: 'wait', running } : { kind: 'stopped', failed };

  if (current === undefined) return { kind: 'finished' };

  const fallen = (unready.get(current.name) ?? []).filter((key) => !running.some((node) => node.key === key));
  const size = sizes?.get(current.name) ?? current.nodes.length;
  const budget = budgetOf(maxUnavailable, size) - running.length - fallen.length;
  const tried = current.nodes.filter(({ state }) => state === 'done' || state === 'running').length;
  const free = Math.max(0, isTrial ? Math.min(budget, canary - tried) : budget);
  const nodes = current.nodes.filter(({ state }) => state === 'waiting').slice(0, free);
  if (nodes.length > 0) return { kind: 'start', nodes };
  return running.length > 0 ? { kind: 'wait', running } : { kind: 'held', group: current.name, unready: fallen };
}

/** About how long one node takes: its command, the window in which its kubelet must be well, and what is read before it is kept. In seconds. */
const besideWindow = 60;

/** About how many minutes the nodes that wait take, group after group, at this number at a time. */
export function minutesFor(
  { groups }: Progress,
  {
    maxUnavailable,
    sizes,
    stableSeconds,
  }: Pick<NextNodesOptions, 'maxUnavailable' | 'sizes'> & { readonly stableSeconds: number },
): number {
  const rounds = groups.map(({ name, nodes }) => {
    const waiting = nodes.filter(({ state }) => state === 'waiting').length;
    return Math.ceil(waiting / budgetOf(maxUnavailable, sizes?.get(name) ?? nodes.length));
  });
  return Math.ceil((rounds.reduce((sum, each) => sum + each, 0) * (stableSeconds + besideWindow)) / 60);
}

/** The group that is worked on now, and whether by its canaries; no group when every node has ended. */
export function phaseOf({ groups }: Progress, canary: number) {
  const trial = groups.find(({ nodes }) => needsCanary(nodes, canary));
  return { current: trial ?? groups.find(({ nodes }) => nodes.some(isOpen)), isTrial: trial !== undefined };
}

/** A canary that was not changed has shown nothing: the next node takes its place. */
const needsCanary = (nodes: readonly NodeProgress[], canary: number): boolean =>
  nodes.filter(({ state }) => state === 'done').length < canary && nodes.some(isOpen);

/** What is known of nodes that are not under way, such as that they are not Ready. */
export const decided = (progress: Progress, outcomeOf: (node: NodeProgress) => NodeOutcome | undefined): Progress =>
  changed(progress, (node) => ({ ...node, ...(node.state !== 'running' && outcomeOf(node)) }));

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

/** What a run did on one machine before now. */
export interface EarlierNode {
  readonly instanceId: string;
  readonly controls: readonly string[];
  /** Absent where its end is not known. */
  readonly outcome?: RemedyAnswer['outcome'];
  /** What its document said that it changed. */
  readonly changes?: RemedyAnswer['changes'];
  /** The node was not asked to keep that: within ten minutes it puts its old state back. */
  readonly isOnTrial?: true;
}

interface AuditedCluster extends Pick<ClusterAudit, 'nodes'> {
  readonly trust?: readonly string[];
}

/**
 * A run that goes on: what it did not reach comes first, then what refused or failed. A node that it changed and that has nothing left to fix counts as
 * done, and is not touched again. One that was not asked to keep its change is begun again.
 */
export function resumed(
  progress: Progress,
  { nodes, trust = [] }: AuditedCluster,
  earlier: readonly EarlierNode[],
): Progress {
  const last = new Map(earlier.map((each) => [each.instanceId, each]));
  const planned = new Set(progress.groups.flatMap((group) => group.nodes.map(({ key }) => key)));
  const done = nodes
    .filter(({ node }) => !planned.has(node.key))
    .flatMap((audit) => {
      const before = last.get(instanceIdOf(audit) ?? '');
      if (!before || !['changed', 'already'].includes(before.outcome ?? '')) return [];
      return [progressOf(audit, { ...before, trust, state: before.isOnTrial ? 'waiting' : 'done' })];
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
  { nodes, trust = [] }: AuditedCluster,
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
    return [{ ...progressOf(audit, { instanceId, controls, trust, state: 'waiting' }), changes }];
  });
  return { groups: inGroups(waiting.slice(0, chosen.limit ?? waiting.length)) };
}

const instanceIdOf = ({ node: { machine } }: NodeAudit): string | undefined =>
  machine.status === 'confirmed' ? machine.instanceId : undefined;

const progressOf = (
  { node }: NodeAudit,
  { instanceId, controls, trust, state }: EarlierNode & Pick<NodeProgress, 'trust' | 'state'>,
): NodeProgress => ({ key: node.key, instanceId, controls, trust, group: groupName(node.group), state });
