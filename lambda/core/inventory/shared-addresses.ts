import type { ClusterNode } from '../model.ts';
import { canonicalAddress } from './node-address.ts';

/** Marks the nodes whose InternalIP another node claims too, in whatever spelling. */
export function markSharedAddresses(nodes: readonly ClusterNode[]): readonly ClusterNode[] {
  const addressOf = ({ internalIp = '' }: ClusterNode) => canonicalAddress(internalIp);
  const claims = Map.groupBy(nodes, addressOf);

  return nodes.map((node) => {
    const address = addressOf(node);
    const shared = address !== undefined && (claims.get(address)?.length ?? 0) > 1;
    return shared ? { ...node, internalIpShared: true } : node;
  });
}
