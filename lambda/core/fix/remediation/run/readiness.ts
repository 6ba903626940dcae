import type { ClusterNode } from '../../../model/model.ts';
import { howMany } from '../../../model/text/how-many.ts';

/** What a Node object says of its node's condition now. The kubelet itself and the control plane write it. */
export interface NodeReadiness {
  /** The Node object's name. */
  readonly name: string;
  /** The instance that its providerID names: a claim. */
  readonly instanceId?: string;
  /** The condition `Ready` is `True`. */
  readonly ready: boolean;
  readonly cordoned: boolean;
  /** When the kubelet last posted its status, by its own clock: only times of one node are compared. */
  readonly heartbeatAt?: string;
  /** Why it is not Ready, as the condition says: printable and bounded. */
  readonly because?: string;
}

type NodeOfAudit = Pick<ClusterNode, 'key' | 'name' | 'group'>;

/** The Node object of an audited node, by its name, or by the one providerID that names its machine. */
export function readinessOf(
  { key, name }: Pick<NodeOfAudit, 'key' | 'name'>,
  all: readonly NodeReadiness[],
): NodeReadiness | undefined {
  const found = all.filter((each) => (name === undefined ? each.instanceId === key : each.name === name));
  return found.length === 1 ? found[0] : undefined;
}

/** Why a node's kubelet must not be restarted now; absent when it is Ready and takes pods. */
export function unreadyBecause(readiness: NodeReadiness | undefined): string | undefined {
  if (readiness === undefined) return 'the API server lists no Node object for it';
  if (!readiness.ready)
    return `its node is not Ready${readiness.because === undefined ? '' : ` (${readiness.because})`}`;
  return readiness.cordoned ? 'its node is cordoned' : undefined;
}

/** Why a node is not well after its kubelet was restarted; absent when it is Ready by a heartbeat that it did not have before. */
export function notBackBecause(before: NodeReadiness | undefined, now: NodeReadiness | undefined): string | undefined {
  if (now === undefined) return 'the API server lists no Node object for it any more';
  if (!now.ready) return unreadyBecause(now);
  const isNewer = now.heartbeatAt !== undefined && now.heartbeatAt > (before?.heartbeatAt ?? '');
  return isNewer ? undefined : 'its kubelet has posted no status since its restart';
}

export interface LeftOutOptions {
  /** Percent of a group's nodes that may be unready when it is begun; one node may be in any case. */
  readonly maxUnready: number;
}

/**
 * The nodes that are not touched, by key, each with the reason. They are not Ready or cordoned, or more than one node and more than the given part of
 * their group is not Ready.
 */
export function leftOut(
  nodes: readonly NodeOfAudit[],
  all: readonly NodeReadiness[],
  { maxUnready }: LeftOutOptions,
): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  for (const [, members] of Map.groupBy(nodes, ({ group }) => `${group.kind}/${group.name}`)) {
    // A machine that has not joined yet is none of them.
    const unready = members.filter((node) => readinessOf(node, all)?.ready === false).length;
    const isTooMuch = unready > 1 && unready * 100 > members.length * maxUnready;
    const ofGroup = `${unready} of the ${howMany(members.length, 'node')} of its group are not Ready, and more than one and ${maxUnready} % (--max-unready) must not be when it is begun`;
    for (const node of members) {
      const because = unreadyBecause(readinessOf(node, all)) ?? (isTooMuch ? ofGroup : undefined);
      if (because !== undefined) out.set(node.key, because);
    }
  }
  return out;
}

/** By group, how many of its nodes that were Ready when the run began are not Ready now. A node that has left is not counted. */
export function becameUnready(
  nodes: readonly NodeOfAudit[],
  before: readonly NodeReadiness[],
  now: readonly NodeReadiness[],
): ReadonlyMap<string, readonly string[]> {
  const fallen = nodes.filter((node) => {
    const then = readinessOf(node, before);
    const after = now.find(({ name }) => name === then?.name);
    return then?.ready === true && after !== undefined && !after.ready;
  });
  return new Map(
    [...Map.groupBy(fallen, ({ group }) => `${group.kind}/${group.name}`)].map(([group, members]) => [
      group,
      members.map(({ key }) => key),
    ]),
  );
}
