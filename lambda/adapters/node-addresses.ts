import { BlockList, isIP } from 'node:net';
import type { Cluster, ClusterNode, Problem, ReadFailure } from '../core/model/model.ts';
import { err, ok, type Result } from '../core/model/result.ts';
import { canonicalAddress } from '../core/read/inventory/node-address.ts';
import type { ClusterNetworks } from './ec2/cluster-networks.ts';

type Family = 'ipv4' | 'ipv6';

/** The address at which a node may be dialled, in its only spelling, or why it may not. */
export type NodeAddresses = (
  node: ClusterNode,
) => Promise<Result<string, Pick<ReadFailure, 'kind' | 'because' | 'problem'>>>;

interface AddressRules {
  readonly networks: ClusterNetworks;
  readonly signal: AbortSignal;
  /** `confirmed`: AWS says that the node's own machine has this address. `claimed`: the node says so itself, and what answers must prove who it is. */
  readonly by: 'claimed' | 'confirmed';
}

/**
 * The rules for dialling nodes. The node is trusted and no other node claims its address, which is inside the cluster's networks and in no range
 * that nodes can't have. EC2 is asked for the networks once, with the first node that has an address.
 */
export function nodeAddresses(cluster: Cluster, { networks, signal, by }: AddressRules): NodeAddresses {
  // A kubeconfig names no VPC: EC2's word on the address of the very machine is enough.
  const anywhere = by === 'confirmed' && !cluster.network;
  let asked: Promise<Result<AllowedAddresses, Problem>> | undefined;
  const allowedIn = async (): Promise<Result<AllowedAddresses, Problem>> => {
    if (anywhere) return ok(allowedAddresses(['0.0.0.0/0', '::/0']));
    const known = await networks(cluster, signal);
    return known.ok ? ok(allowedAddresses(known.value)) : known;
  };

  return async (node) => {
    const address = ownAddress(node, by);
    if (!address.ok) return err(notDialled(address.error));
    if (signal.aborted) return err(outOfTime);

    asked ??= allowedIn();
    const allowed = await asked;
    if (signal.aborted) return err(outOfTime);
    if (!allowed.ok) return err({ kind: 'cluster', because: allowed.error.message, problem: allowed.error });

    const checked = allowed.value(address.value);
    return checked.ok ? checked : err(notDialled(checked.error));
  };
}

const notDialled = (because: string) => ({ kind: 'not-tried', because }) as const;
const outOfTime = { kind: 'deadline', because: 'no node was dialled: the time for it had run out' } as const;

function ownAddress(node: ClusterNode, by: AddressRules['by']): Result<string, string> {
  const { distrust, internalIp, internalIpShared, addressConfirmed } = node;
  if (distrust !== undefined) return err(distrust);
  if (internalIp === undefined) return err('its InternalIP is not known');
  if (internalIpShared) return err('more than one node says that it has its InternalIP');
  if (by === 'confirmed' && !addressConfirmed)
    return err('AWS does not confirm that its machine has its InternalIP: no token goes there');
  return ok(internalIp);
}

/** No node has its address there, even if a network claims the range: this machine, the link (instance metadata is on it), groups, nowhere. */
const neverDialled: Readonly<Record<Family, readonly string[]>> = {
  ipv4: ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4', '240.0.0.0/4'],
  // fd00:ec2::/32 is instance metadata, DNS and time of EC2; the last three spell IPv4 addresses.
  ipv6: ['::/127', 'fe80::/10', 'ff00::/8', 'fd00:ec2::/32', '::/96', '::ffff:0:0/96', '64:ff9b::/96'],
};

type AllowedAddresses = (address: string) => Result<string, string>;

/**
 * Whether a node's address may be dialled: inside one of the networks, and in no range that nodes can't have. The answer is the address in its only
 * spelling, or why not.
 * @param networks CIDRs; one that cannot be read allows nothing
 */
export function allowedAddresses(networks: readonly string[]): AllowedAddresses {
  const never = listsOf([...neverDialled.ipv4, ...neverDialled.ipv6]);
  const allowed = listsOf(networks);

  return (claimed) => {
    const address = canonicalAddress(claimed);
    if (address === undefined) return err('its InternalIP is no IP address');

    const family = familyOf(address);
    if (!family) return err('its InternalIP is no IP address');
    if (never[family].check(address, family))
      return err('its InternalIP is loopback, link-local, multicast or reserved: it is never dialled');
    if (!allowed[family].check(address, family))
      return err("its InternalIP is outside the cluster's VPC and remote node networks: it is not dialled");
    return ok(address);
  };
}

/** One list a family, so that no IPv4 address is ever compared with an IPv6 network. */
function listsOf(networks: readonly string[]): Readonly<Record<Family, BlockList>> {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };

  for (const network of networks) {
    const [, address = '', bits = ''] = /^([\d.a-f:]+)\/(\d{1,3})$/i.exec(network) ?? [];
    const family = familyOf(address);
    const prefix = Number(bits);
    if (family && prefix <= (family === 'ipv4' ? 32 : 128)) lists[family].addSubnet(address, prefix, family);
  }
  return lists;
}

function familyOf(address: string): Family | undefined {
  const version = isIP(address);
  if (version === 0) return undefined;
  return version === 4 ? 'ipv4' : 'ipv6';
}
