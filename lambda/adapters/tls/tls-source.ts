import type { Cluster, ClusterNode, KubeletFacts, ReadFailure } from '../../core/model/model.ts';
import { err, type Result } from '../../core/model/result.ts';
import { handshakeFacts } from '../../core/read/tls/handshake-facts.ts';
import type { KubeletSource } from '../../flow/audit/ports.ts';
import type { Clock } from '../../flow/ports.ts';
import type { ClusterNetworks } from '../ec2/cluster-networks.ts';
import { type NodeAddresses, nodeAddresses } from '../node-addresses.ts';
import { readEachNode } from '../read-each-node.ts';
import { Silence } from '../silence.ts';
import { type Dial, readHandshake, usualKubeletPort } from './read-handshake.ts';
import { certificateOf, holdsKey, serverIdentity } from './server-identity.ts';
import { servingCertificateFacts } from './serving-certificate.ts';

/** A kubelet answers within milliseconds, or not at all. */
const longestMs = 5_000;

interface TlsOptions {
  readonly clock: Clock;
  readonly networks: ClusterNetworks;
  readonly dial: Dial;
  /** Kubelets asked at once. */
  readonly concurrency: number;
  readonly nodeTimeoutMs: number;
}

/**
 * Whether each kubelet asks for a client certificate in its TLS handshake, as it does exactly when it has a client CA. Needs no credential and shows
 * nothing else. Dials only the nodes' own addresses inside the cluster's networks, on the port that the Node names for its kubelet, each once.
 */
export function tlsSource(options: TlsOptions): KubeletSource {
  const dialled = new Map<string, string>();

  return {
    via: 'tls',
    async *read(cluster, nodes, signal) {
      const addressOf = nodeAddresses(cluster, { networks: options.networks, signal, by: 'claimed' });
      const probe = { ...options, cluster, dialled, addressOf, silence: new Silence() };
      yield* readEachNode(nodes, {
        concurrency: options.concurrency,
        signal,
        read: (node, stop) => readNode(node, { ...probe, signal: stop }),
      });
    },
  };
}

interface Probe extends TlsOptions {
  readonly cluster: Cluster;
  readonly signal: AbortSignal;
  readonly addressOf: NodeAddresses;
  /** Each address that was dialled, with the cluster that it was dialled for. */
  readonly dialled: Map<string, string>;
  readonly silence: Silence;
}

async function readNode(node: ClusterNode, probe: Probe): Promise<Result<KubeletFacts, ReadFailure>> {
  const { cluster, clock, signal, dialled, silence } = probe;
  const allowed = await probe.addressOf(node);
  if (!allowed.ok) return err({ via: 'tls', ...allowed.error });
  if (signal.aborted) return err(outOfTime);
  if (silence.tooLong) return notTried(silence.tooLong);

  const address = allowed.value;
  const before = dialled.get(address);
  if (before !== undefined)
    return notTried(
      `its address was dialled before in this run, for cluster ${before}: each address is dialled once, since two networks can't be distinguished from here`,
    );
  dialled.set(address, cluster.name);

  const timeoutMs = Math.min(longestMs, probe.nodeTimeoutMs);
  const port = node.kubeletPort ?? usualKubeletPort;
  const handshake = await readHandshake(address, { port, dial: probe.dial, timeoutMs, signal });
  silence.record(handshake.ok || !handshake.error.timedOut);
  if (!handshake.ok) return withoutCertificate(handshake.error, { port, isOfNode: node.addressConfirmed === true });

  const { flight, clientRandom, sha256 } = handshake.value;
  const now = clock.now();
  const caPem = cluster.endpoint?.caPem;
  const at = `port ${port}`;
  const identity = serverIdentity({ flight, clientRandom, address, node, caPem, now });
  const certificate = certificateOf(flight.certificates[0]);
  const servingCertificate =
    certificate &&
    servingCertificateFacts(certificate, {
      at,
      address,
      node,
      caPem,
      keyProven: holdsKey(certificate, flight, clientRandom),
    });
  return handshakeFacts({
    at,
    identity,
    ...(servingCertificate && { servingCertificate }),
    proof: { readAt: now.toISOString(), sha256 },
    ...(flight.request && { request: flight.request }),
  });
}

/** A kubelet that has no certificate yet ends the handshake before it begins. */
const withoutCertificate = (
  failure: ReadFailure & { readonly hasNoCertificate?: true },
  { port, isOfNode }: { readonly port: number; readonly isOfNode: boolean },
): Result<never, ReadFailure> => {
  const { hasNoCertificate, ...rest } = failure;
  return err(
    hasNoCertificate
      ? { ...rest, servingCertificate: { state: 'none', at: `port ${port}`, because: rest.because, isOfNode } }
      : rest,
  );
};

const outOfTime: ReadFailure = {
  via: 'tls',
  kind: 'deadline',
  because: 'no TLS handshake was made: the time for it had run out',
};

const notTried = (because: string): Result<never, ReadFailure> => err({ via: 'tls', kind: 'not-tried', because });
