import { type ClusterPosture, type GroupResult, standings } from '../posture.ts';

/**
 * The same clusters with at most so many nodes named, failing ones before suspected, unread and waived ones of whatever cluster: the rest is counted. Done
 * while clusters come, it keeps memory flat, since what is cut now would be cut at the end.
 */
export function fitted(clusters: readonly ClusterPosture[], most: number): readonly ClusterPosture[] {
  const results = clusters.flatMap(({ open }) => open);
  const rooms = new Map<GroupResult, number>();
  let left = most;
  for (const standing of standings) {
    for (const result of results) {
      if (result.standing !== standing) continue;
      rooms.set(result, Math.min(left, result.nodes.length));
      left -= rooms.get(result) ?? 0;
    }
  }
  return clusters.map((cluster) => ({ ...cluster, open: cluster.open.map((each) => cut(each, rooms.get(each) ?? 0)) }));
}

export const namedNodes = ({ open }: ClusterPosture): number => open.reduce((sum, { nodes }) => sum + nodes.length, 0);

/** With so many of its nodes named. */
const cut = (result: GroupResult, room: number): GroupResult =>
  room >= result.nodes.length
    ? result
    : { ...result, nodes: result.nodes.slice(0, room), moreNodes: result.moreNodes + result.nodes.length - room };
