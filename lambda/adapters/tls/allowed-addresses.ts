import { BlockList, isIP } from 'node:net';
import { canonicalAddress } from '../../core/inventory/node-address.ts';
import { err, ok, type Result } from '../../core/result.ts';

type Family = 'ipv4' | 'ipv6';

/** No node has its address there, whatever a network claims to hold: this machine, the link (instance metadata is on it), groups, nowhere. */
const neverDialled: Readonly<Record<Family, readonly string[]>> = {
  ipv4: ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4', '240.0.0.0/4'],
  // fd00:ec2::/32 is instance metadata, DNS and time of EC2; the last three spell IPv4 addresses.
  ipv6: ['::/127', 'fe80::/10', 'ff00::/8', 'fd00:ec2::/32', '::/96', '::ffff:0:0/96', '64:ff9b::/96'],
};

export type AllowedAddresses = (address: string) => Result<string, string>;

/**
 * Whether a node's address may be dialled: inside one of the networks, and none of those that are never a node. The answer is the address in its
 * only spelling, or why not.
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
      return err(`its InternalIP ${address} is loopback, link-local, multicast or reserved: it is never dialled`);
    if (!allowed[family].check(address, family))
      return err(`its InternalIP ${address} is outside the cluster's VPC and remote node networks: it is not dialled`);
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
