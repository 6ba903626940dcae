import { createHash, hash } from 'node:crypto';
import type { Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import type { ClusterNode, KubeletFacts, ReadFailure } from '../../core/model/model.ts';
import { err, type Result } from '../../core/model/result.ts';
import { handshakeFacts } from '../../core/read/tls/handshake-facts.ts';
import { readOnlyPort, wireFacts, wirePath } from '../../core/read/wire/wire-facts.ts';
import type { KubeletSource } from '../../flow/audit/ports.ts';
import type { Clock } from '../../flow/ports.ts';
import type { ClusterNetworks } from '../ec2/cluster-networks.ts';
import { nodeAddresses } from '../node-addresses.ts';
import { readEachNode, Silence } from '../read-each-node.ts';
import { type Dial, type OpenConnection, oneRequest, openConnection, usualKubeletPort } from './open-connection.ts';
import { certificateShown, serverIdentity } from './server-identity.ts';

/** A kubelet answers within milliseconds, or not at all. */
const longestMs = 5_000;

interface OpenSourceOptions {
  readonly clock: Clock;
  readonly networks: ClusterNetworks;
  readonly dial: Dial;
  /** Kubelets asked at once. */
  readonly concurrency: number;
  readonly nodeTimeoutMs: number;
}

/** A node whose address may be dialled. */
interface DialledNode {
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
 * @param readDialled also gives the connections that it made
 */
function openSource(
  via: 'tls' | 'wire',
  options: OpenSourceOptions,
  readDialled: (
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

          const address = allowed.value;
          const before = dialled.get(address);
          if (before !== undefined)
            return notTried(
              `its address was dialled before in this run, for cluster ${before}: each address is dialled once, since two networks can't be distinguished from here`,
            );
          dialled.set(address, cluster.name);

          const port = node.kubeletPort ?? usualKubeletPort;
          const shownBy = { node, address, caPem: cluster.endpoint?.caPem };
          const dialling = { address, dial, timeoutMs, signal: stop };
          const isOfNode = node.addressConfirmed === true;
          const [result, ...connections] = await readDialled({
            ...shownBy,
            port,
            now: clock.now(),
            connect: (to, use, by) => openConnection({ ...dialling, port: to, ...(by === 'tls' && { tls }) }, use),
            showing: (connection) => certificateShown(connection, { ...shownBy, at: `port ${port}`, isOfNode }),
          });
          silence.record(connections.some(({ timedOut }) => !timedOut));
          return result;
        },
      });
    },
  };
}

/**
 * Whether each kubelet asks for a client certificate in its TLS handshake, as it does exactly when it has a client CA. Needs no credential, and
 * closes the connection when the handshake is over: no request is sent.
 */
export const tlsSource = (options: OpenSourceOptions): KubeletSource =>
  openSource('tls', options, async ({ node, address, port, caPem, now, connect, showing }) => {
    const connection = await connect(port, async () => undefined, 'tls');
    const { answer, certificate, asksForCertificate = false, timedOut, aborted } = connection;
    const shown = showing(connection);
    if (!answer.ok || !certificate) {
      const because = answer.ok ? `port ${port}: it showed no certificate` : answer.error;
      const kind = aborted ? 'deadline' : 'unreadable';
      return [err({ via: 'tls', kind, because, ...(timedOut && { timedOut }), ...shown }), connection];
    }

    const seen = hash('sha256', Buffer.concat([certificate.raw, Buffer.from([Number(asksForCertificate)])]));
    const facts = handshakeFacts({
      at: `port ${port}`,
      asksForCertificate,
      identity: serverIdentity({ certificate, address, node, caPem, now }),
      ...shown,
      proof: { readAt: now.toISOString(), sha256: seen },
    });
    return [facts, connection];
  });

/** What a kubelet answers has two letters, or a sentence. */
const maxBytes = 4 * 1024;

/** What each kubelet lets a client without credentials do: one `GET /healthz` on its own port, and one on that of its read-only server. */
export const wireSource = (options: OpenSourceOptions): KubeletSource =>
  openSource('wire', options, async ({ address, port, now, connect, showing }) => {
    const ask = (at: number, by: 'tls' | 'tcp') =>
      connect(at, (socket) => oneRequest(socket, { address, port: at, path: wirePath, maxBytes }), by);
    const both = await Promise.all([ask(port, 'tls'), ask(readOnlyPort, 'tcp')]);
    const [own, readOnly] = both;
    // As they are judged: status, content type and body.
    const seen = both.map(({ answer }) =>
      answer.ok ? [answer.value.status, answer.value.headers, answer.value.body] : null,
    );
    const facts = wireFacts({
      at: `port ${port}`,
      answer: own.answer,
      servingCertificate: showing(own).servingCertificate,
      readOnly: readOnly.answer.ok ? readOnly.answer.value : undefined,
      proof: { readAt: now.toISOString(), sha256: createHash('sha256').update(JSON.stringify(seen)).digest('hex') },
    });
    return [facts, ...both];
  });
