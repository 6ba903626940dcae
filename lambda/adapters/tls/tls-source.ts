import type { Cluster, ClusterNode, KubeletFacts, ReadFailure } from '../../core/model.ts';
import type { Clock, KubeletSource } from '../../core/ports.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { handshakeFacts } from '../../core/tls/handshake-facts.ts';
import type { ClusterNetworks } from '../ec2/cluster-networks.ts';
import { readEachNode } from '../read-each-node.ts';
import { type AllowedAddresses, allowedAddresses } from './allowed-addresses.ts';
import { type Dial, kubeletPort, readHandshake } from './read-handshake.ts';
import { serverIdentity } from './server-identity.ts';

/** A kubelet answers within milliseconds, or not at all. */
const longestMs = 5_000;

/** After so many nodes that stay silent, and not one that answered, this network does not lead to the nodes. */
const silentLimit = 20;

interface TlsOptions {
  readonly clock: Clock;
  readonly networks: ClusterNetworks;
  readonly dial: Dial;
  /** Kubelets asked at once. */
  readonly concurrency: number;
  readonly nodeTimeoutMs: number;
}

/**
 * Whether each kubelet asks for a client certificate in its TLS handshake, as it does exactly when it has a client CA. Needs no credential and
 * tells nothing else. Dials only the nodes' own addresses inside the cluster's networks, on the kubelet's port, each once in the source's life.
 */
export function tlsSource(options: TlsOptions): KubeletSource {
  const dialled = new Map<string, string>();

  return {
    via: 'tls',
    async *read(cluster, nodes, signal) {
      const networks = await networksFor(cluster, nodes, { options, signal });
      if (!networks.ok) {
        yield* nodes.map((node) => ({ node, result: err(networks.error) }));
        return;
      }

      const probe = { ...options, cluster, dialled, allowed: networks.value, silence: new Silence() };
      yield* readEachNode(nodes, {
        concurrency: options.concurrency,
        signal,
        read: (node, stop) => readNode(node, { ...probe, signal: stop }),
      });
    },
  };
}

/** EC2 is asked only when there is a node to dial. */
async function networksFor(
  cluster: Cluster,
  nodes: readonly ClusterNode[],
  { options, signal }: { readonly options: TlsOptions; readonly signal: AbortSignal },
): Promise<Result<AllowedAddresses, ReadFailure>> {
  if (nodes.every((node) => !addressOf(node).ok)) return ok(allowedAddresses([]));
  if (signal.aborted) return err(outOfTime);

  const networks = await options.networks(cluster, signal);
  if (networks.ok) return ok(allowedAddresses(networks.value));
  if (signal.aborted) return err(outOfTime);
  return err({ via: 'tls', kind: 'cluster', because: networks.error.message, problem: networks.error });
}

interface Probe extends TlsOptions {
  readonly cluster: Cluster;
  readonly signal: AbortSignal;
  readonly allowed: AllowedAddresses;
  /** Each address that was dialled, with the cluster that it was dialled for. */
  readonly dialled: Map<string, string>;
  readonly silence: Silence;
}

async function readNode(node: ClusterNode, probe: Probe): Promise<Result<KubeletFacts, ReadFailure>> {
  const { cluster, clock, signal, dialled, silence } = probe;
  const claimed = addressOf(node);
  if (!claimed.ok) return notTried(claimed.error);

  const allowed = probe.allowed(claimed.value);
  if (!allowed.ok) return notTried(allowed.error);
  if (signal.aborted) return err(outOfTime);
  if (silence.isTooLong)
    return notTried(`${silentLimit} nodes of this cluster before it were silent, and none answered`);

  const address = allowed.value;
  const before = dialled.get(address);
  if (before !== undefined)
    return notTried(
      `${address} was dialled before in this run, for cluster ${before}: each address is dialled once, since two networks cannot be told apart from here`,
    );
  dialled.set(address, cluster.name);

  const timeoutMs = Math.min(longestMs, probe.nodeTimeoutMs);
  const handshake = await readHandshake(address, { dial: probe.dial, timeoutMs, signal });
  silence.record(handshake.ok || !handshake.error.timedOut);
  if (!handshake.ok) return handshake;

  const { flight, clientRandom, sha256 } = handshake.value;
  const now = clock.now();
  const identity = serverIdentity({ flight, clientRandom, address, node, caPem: cluster.endpoint?.caPem, now });
  return handshakeFacts({
    at: `${address} port ${kubeletPort}`,
    identity,
    proof: { readAt: now.toISOString(), sha256 },
    ...(flight.request && { request: flight.request }),
  });
}

function addressOf({ distrust, internalIp, internalIpShared }: ClusterNode): Result<string, string> {
  if (distrust !== undefined) return err(distrust);
  if (internalIp === undefined) return err('its InternalIP is not known');
  if (internalIpShared) return err(`more than one node says that its InternalIP is ${internalIp}`);
  return ok(internalIp);
}

/** Counts the nodes that stay silent as long as none answers. */
class Silence {
  #silent = 0;
  #anyAnswered = false;

  get isTooLong(): boolean {
    return !this.#anyAnswered && this.#silent >= silentLimit;
  }

  record(answered: boolean): void {
    if (answered) this.#anyAnswered = true;
    else this.#silent += 1;
  }
}

const outOfTime: ReadFailure = {
  via: 'tls',
  kind: 'deadline',
  because: 'no TLS handshake was made: the time for it had run out',
};

const notTried = (because: string): Result<never, ReadFailure> => err({ via: 'tls', kind: 'not-tried', because });
