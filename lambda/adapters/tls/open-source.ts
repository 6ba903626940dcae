import type { Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import type { Cluster, ClusterNode, KubeletFacts, ReadFailure } from '../../core/model/model.ts';
import { err, type Result } from '../../core/model/result.ts';
import type { KubeletSource } from '../../flow/audit/ports.ts';
import type { Clock } from '../../flow/ports.ts';
import type { ClusterNetworks } from '../ec2/cluster-networks.ts';
import { nodeAddresses } from '../node-addresses.ts';
import { readEachNode } from '../read-each-node.ts';
import { Silence } from '../silence.ts';
import { type Dial, type OpenConnection, openConnection, usualKubeletPort } from './open-connection.ts';
import { certificateShown } from './serving-certificate.ts';

/** A kubelet answers within milliseconds, or not at all. */
const longestMs = 5_000;

export interface OpenSourceOptions {
  readonly clock: Clock;
  readonly networks: ClusterNetworks;
  readonly dial: Dial;
  /** Kubelets asked at once. */
  readonly concurrency: number;
  readonly nodeTimeoutMs: number;
}

/** A node whose address may be dialled. */
export interface DialledNode {
  readonly node: ClusterNode;
  readonly address: string;
  /** Of its kubelet. */
  readonly port: number;
  readonly caPem: string | undefined;
  readonly now: Date;
  connect<T>(port: number, use: (socket: Socket) => Promise<T>, by: 'tls' | 'tcp'): Promise<OpenConnection<T>>;
  /** What a connection to the kubelet's port showed of its certificate. */
  showing(connection: OpenConnection<unknown>): Pick<ReadFailure, 'servingCertificate'>;
}

/**
 * A source that needs no credentials. Dials only the nodes' own addresses inside the cluster's networks, each once.
 * @param read also gives the connections that it made
 */
export function openSource(
  via: 'tls' | 'wire',
  options: OpenSourceOptions,
  read: (
    dialled: DialledNode,
  ) => Promise<readonly [Result<KubeletFacts, ReadFailure>, ...(readonly OpenConnection<unknown>[])]>,
): KubeletSource {
  const { clock, networks, dial, concurrency, nodeTimeoutMs } = options;
  const timeoutMs = Math.min(longestMs, nodeTimeoutMs);
  const tls = createSecureContext();
  /** Each address that was dialled, with the cluster that it was dialled for. */
  const dialled = new Map<string, string>();
  const notTried = (because: string) => err<ReadFailure>({ via, kind: 'not-tried', because });
  const late = err<ReadFailure>({
    via,
    kind: 'deadline',
    because: 'the kubelet was not asked: the time for it had run out',
  });

  async function readOnce(node: ClusterNode, address: string, { cluster, silence, signal }: ReadOnceOptions) {
    const before = dialled.get(address);
    if (before !== undefined)
      return notTried(
        `its address was dialled before in this run, for cluster ${before}: each address is dialled once, since two networks can't be distinguished from here`,
      );
    dialled.set(address, cluster.name);

    const port = node.kubeletPort ?? usualKubeletPort;
    const caPem = cluster.endpoint?.caPem;
    const [result, ...connections] = await read({
      node,
      address,
      port,
      caPem,
      now: clock.now(),
      connect: (to, use, by) =>
        openConnection({ address, port: to, ...(by === 'tls' && { tls }), dial, timeoutMs, signal }, use),
      showing: (connection) =>
        certificateShown(connection, {
          at: `port ${port}`,
          address,
          node,
          caPem,
          isOfNode: node.addressConfirmed === true,
        }),
    });
    silence.record(connections.some(({ timedOut }) => !timedOut));
    return result;
  }

  return {
    via,
    async *read(cluster, nodes, signal) {
      const addressOf = nodeAddresses(cluster, { networks, signal, by: 'claimed' });
      const silence = new Silence();
      yield* readEachNode(nodes, {
        concurrency,
        signal,
        async read(node, stop) {
          const allowed = await addressOf(node);
          if (!allowed.ok) return err({ via, ...allowed.error });
          if (stop.aborted) return late;
          if (silence.tooLong) return notTried(silence.tooLong);
          return await readOnce(node, allowed.value, { cluster, silence, signal: stop });
        },
      });
    },
  };
}

interface ReadOnceOptions {
  readonly cluster: Cluster;
  readonly silence: Silence;
  readonly signal: AbortSignal;
}
