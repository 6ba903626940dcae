import type { ClusterNode, NodeAudit } from '../../../model/model.ts';
import { howMany } from '../../../model/text/words.ts';
import { readingsOf } from '../steps/value-source.ts';

/** What a Node object says of its node's condition now. The kubelet itself and the control plane write it. */
export interface NodeReadiness {
  /** The Node object's name. */
  readonly name: string;
  /** The instance that its providerID names: a claim. */
  readonly instanceId?: string;
  /** The condition `Ready` is `True`. */
  readonly ready: boolean;
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
  const [found, ...others] = byName(all).get(name === undefined ? `machine ${key}` : `node ${name}`) ?? [];
  return others.length === 0 ? found : undefined;
}

const indexes = new WeakMap<readonly NodeReadiness[], ReadonlyMap<string, readonly NodeReadiness[]>>();

/** By name and by machine, made once for each list: thousands of nodes are looked up in it before each change. */
function byName(all: readonly NodeReadiness[]): ReadonlyMap<string, readonly NodeReadiness[]> {
  const known = indexes.get(all);
  if (known) return known;
  const index = new Map([
    ...Map.groupBy(all, ({ name }) => `node ${name}`),
    ...Map.groupBy(all, ({ instanceId }) => `machine ${instanceId}`),
  ]);
  indexes.set(all, index);
  return index;
}

/** Why a node's kubelet must not be restarted now; absent when it is Ready. A cordoned node can be fixed: people drain nodes before they change them. */
export function unreadyBecause(readiness: NodeReadiness | undefined): string | undefined {
  if (readiness === undefined) return 'the API server lists no Node object for it';
  if (readiness.ready) return undefined;
  return `its node is not Ready${readiness.because === undefined ? '' : ` (${readiness.because})`}`;
}

/** Why a node is not well after its kubelet was restarted; absent when it is Ready by a heartbeat that it did not have before. */
export function notBackBecause(before: NodeReadiness | undefined, now: NodeReadiness | undefined): string | undefined {
  if (now === undefined) return 'the API server lists no Node object for it any more';
  if (!now.ready) return unreadyBecause(now);
  const isNewer = now.heartbeatAt !== undefined && now.heartbeatAt > (before?.heartbeatAt ?? '');
  return isNewer ? undefined : 'its kubelet has posted no status since its restart';
}

/** How many nodes of a group may be unavailable at a time: a number, or a percentage of the group. */
export type MaxUnavailable = number | { readonly percent: number };

/** A percentage is rounded down, and is one node at least. */
export const budgetOf = (most: MaxUnavailable, size: number): number =>
  Math.max(1, Math.floor(typeof most === 'number' ? most : (size * most.percent) / 100) || 1);

export interface LeftOutOptions {
  /** Percent of a group's nodes that may be unready when it is begun; one node may be in any case. */
  readonly maxUnready: number;
  readonly maxUnavailable?: MaxUnavailable;
}

/**
 * The nodes that are not touched, by key, each with the reason. A node that is not Ready is left out. So is a group of which too many nodes are not
 * Ready, or so many that no other one may become unavailable.
 */
export function leftOut(
  nodes: readonly NodeOfAudit[],
  all: readonly NodeReadiness[],
  { maxUnready, maxUnavailable = Number.POSITIVE_INFINITY }: LeftOutOptions,
): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  for (const [, members] of Map.groupBy(nodes, ({ group }) => `${group.kind}/${group.name}`)) {
    // A machine that has not joined yet is none of them.
    const unready = members.filter((node) => readinessOf(node, all)?.ready === false).length;
    const isTooMuch = unready > 1 && unready * 100 > members.length * maxUnready;
    const budget = budgetOf(maxUnavailable, members.length);
    const counted = `${unready} of the ${howMany(members.length, 'node')} of its group are not Ready`;
    const ofGroup = isTooMuch
      ? `${counted}, and more than one and ${maxUnready} % (--max-unready) must not be when it is begun`
      : unready >= budget
        ? `${counted}, which is as many as may be unavailable (--max-unavailable ${budget})`
        : undefined;
    for (const node of members) {
      const because = unreadyBecause(readinessOf(node, all)) ?? ofGroup;
      if (because !== undefined) out.set(node.key, because);
    }
  }
  return out;
}

/** By group, the nodes that are not Ready now, for any reason. A node that has left the cluster is not counted. */
export function unreadyNodes(
  nodes: readonly NodeOfAudit[],
  now: readonly NodeReadiness[],
  ignored: ReadonlySet<string> = new Set(),
): ReadonlyMap<string, readonly string[]> {
  const unready = nodes.filter((node) => !ignored.has(node.key) && readinessOf(node, now)?.ready === false);
  return new Map(
    [...Map.groupBy(unready, ({ group }) => `${group.kind}/${group.name}`)].map(([group, members]) => [
      group,
      members.map(({ key }) => key),
    ]),
  );
}

/**
 * Why a node that was fixed is not as planned, in one sentence; absent when it is. It must pass what it was fixed for, answer everybody that it
 * answered before, and not refuse the API server.
 */
export function stillWrong(
  controls: readonly string[],
  { before, now }: { readonly before: NodeAudit; readonly now: NodeAudit },
): string | undefined {
  const mute = readingsOf(before).find(({ via }) => !readingsOf(now).some((each) => each.via === via));
  if (mute) {
    const because = now.failures.find(({ via }) => via === mute.via)?.because ?? 'it said nothing';
    return `it was read by ${mute.via} before its change, and is not any more: ${because}`;
  }

  const mustLetIn = controls.includes('kubelet-client-ca-file') || !refuses(before);
  if (mustLetIn && refuses(now))
    return 'its kubelet refuses the API server: the client CA that it has now may not be the one that signs the API server’s certificate';

  const open = controls.find((slug) => now.verdicts[slug]?.status !== 'pass');
  return open === undefined ? undefined : `${open} does not pass: ${reasonOf(now, open)}`;
}

function reasonOf({ verdicts }: NodeAudit, slug: string): string {
  const verdict = verdicts[slug];
  if (verdict === undefined) return 'it was not evaluated';
  if ('because' in verdict) return verdict.because;

  const { setting, value, expected } = verdict.evidence;
  return `${setting} is ${value}, expected ${expected}`;
}

const refuses = ({ failures }: NodeAudit): boolean => failures.some(({ kind }) => kind === 'kubelet-refused');
