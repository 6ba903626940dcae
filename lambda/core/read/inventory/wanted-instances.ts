import type { ListedNode } from '../../model/listed-node.ts';
import type { Instance } from '../../model/model.ts';
import { canonicalAddress } from './node-address.ts';
import { instanceIdOf } from './node-kind.ts';

/** By what EC2 is asked for single instances. Nobody can change these of a machine, as tags can be. */
export interface WantedInstances {
  readonly ids?: readonly string[];
  /** Private DNS names. */
  readonly names?: readonly string[];
  /** In their canonical spelling. */
  readonly addresses?: readonly string[];
}

/**
 * What Node objects say that the cluster's tagged machines don't: instance ids, names and addresses. Tags can be taken off a machine whose Node object
 * still names it. `undefined` when AWS's tags account for every node.
 *
 * @param remembered ids of machines that failed in the last run
 */
export function wantedInstances(
  listed: readonly ListedNode[],
  instances: readonly Instance[],
  remembered: Iterable<string> = [],
): WantedInstances | undefined {
  const byId = new Map(instances.map((each) => [each.id, each]));
  const known = new Set(instances.flatMap(({ id, privateDnsName }) => [id, privateDnsName]));
  const knownAddresses = new Set(
    instances.flatMap(({ addresses = [] }) => addresses.map((each) => canonicalAddress(each))),
  );
  const isKnown = ({ name }: ListedNode, id: string | undefined) =>
    known.has(name) || (id !== undefined && byId.has(id) && name.startsWith(`${id}.`));

  const ids = new Set([...remembered].filter((id) => !byId.has(id)));
  const names = new Set<string>();
  const addresses = new Set<string>();
  for (const node of listed) {
    const id = instanceIdOf(node);
    if (id?.startsWith('i-') && !byId.has(id)) ids.add(id);
    // EC2 gives no instance a name that begins so.
    if (!isKnown(node, id) && !node.name.startsWith('fargate-')) names.add(node.name);
    const address = canonicalAddress(node.internalIp ?? '');
    if (address !== undefined && !knownAddresses.has(address)) addresses.add(address);
  }

  return ids.size + names.size + addresses.size === 0
    ? undefined
    : { ids: [...ids], names: [...names], addresses: [...addresses] };
}
