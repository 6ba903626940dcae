import { BlockList, isIP, isIPv6 } from 'node:net';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that kubectl takes for a server from HTTPS_PROXY, HTTP_PROXY and NO_PROXY (or their lower-case names). A host of loopback has none.
 * Source: golang.org/x/net/http/httpproxy `proxyForURL`, `useProxy`; client-go `transport` takes it where the kubeconfig has no `proxy-url`.
 */
export function environmentProxy(server: string, environment: Environment): string | undefined {
  const { protocol, hostname, port } = new URL(server);
  const named = (name: string) => environment[name] || environment[name.toLowerCase()] || '';
  const proxy = named(protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY');
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (proxy === '' || host === 'localhost' || isLoopback(host)) return undefined;

  const to = { host, port: port || (protocol === 'https:' ? '443' : '80') };
  if (
    named('NO_PROXY')
      .split(',')
      .some((each) => exempts(each.trim().toLowerCase(), to))
  )
    return undefined;
  return /^(?:https?|socks5h?):\/\//.test(proxy) ? proxy : `http://${proxy}`;
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIPv6(address) ? 'ipv6' : 'ipv4');
const isLoopback = (host: string): boolean => isIP(host) !== 0 && (host === '::1' || isWithin(host, '127.0.0.0', 8));

function isWithin(address: string, network: string, bits: number): boolean {
  const list = new BlockList();
  list.addSubnet(network, bits, familyOf(network));
  return list.check(address, familyOf(address));
}

/** One entry of NO_PROXY: `*`, an address, a network, a domain with what is below it (`.x`, `*.x`: only that); each but a network with a port. */
function exempts(entry: string, { host, port }: { readonly host: string; readonly port: string }): boolean {
  if (entry === '*') return true;
  const [, network = '', bits] = /^([\da-f.:]+)\/(\d{1,3})$/.exec(entry) ?? [];
  if (isIP(network) && Number(bits) <= (isIPv6(network) ? 128 : 32))
    return isIP(host) !== 0 && isWithin(host, network, Number(bits));

  const [, bracketed, plain = '', only] = isIP(entry)
    ? [entry, undefined, entry]
    : (/^(?:\[([\da-f:]+)\]|([^:]*))(?::(\d+))?$/.exec(entry) ?? []);
  const name = bracketed ?? plain.replace(/^\*(?=\.)/, '');
  if (name === '' || (only !== undefined && only !== port)) return false;
  if (isIP(name)) return isIP(host) !== 0 && isWithin(host, name, isIPv6(name) ? 128 : 32);
  return host === name || host.endsWith(name.startsWith('.') ? name : `.${name}`);
}
