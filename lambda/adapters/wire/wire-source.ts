import { createHash } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Cluster, ClusterNode, KubeletFacts, ReadFailure } from '../../core/model/model.ts';
import { err, type Result } from '../../core/model/result.ts';
import { readOnlyPort, wireFacts } from '../../core/read/wire/wire-facts.ts';
import type { KubeletSource } from '../../flow/audit/ports.ts';
import type { Clock } from '../../flow/ports.ts';
import type { ClusterNetworks } from '../ec2/cluster-networks.ts';
import { type NodeAddresses, nodeAddresses } from '../node-addresses.ts';
import { readEachNode } from '../read-each-node.ts';
import { Silence } from '../silence.ts';
import { type Dial, usualKubeletPort } from '../tls/read-handshake.ts';
import { servingCertificateFacts } from '../tls/serving-certificate.ts';
import { askOpenly, type OpenAnswer } from './ask-openly.ts';

/** A kubelet answers within milliseconds, or not at all. */
const longestMs = 5_000;

interface WireOptions {
  readonly clock: Clock;
  readonly networks: ClusterNetworks;
  readonly dial: Dial;
  /** Kubelets asked at once. */
  readonly concurrency: number;
  readonly nodeTimeoutMs: number;
}

/**
 * What each kubelet lets a client without credentials do: one `GET /healthz` on its own port, and one on that of its read-only server. Dials only the
 * nodes' own addresses inside the cluster's networks, each once.
 */
export function wireSource(options: WireOptions): KubeletSource {
  const dialled = new Map<string, string>();

  return {
    via: 'wire',
    async *read(cluster, nodes, signal) {
      const addressOf = nodeAddresses(cluster, { networks: options.networks, signal, by: 'claimed' });
      const trust = trustOf(cluster);
      const shared = { ...options, cluster, dialled, addressOf, trust, silence: new Silence() };
      yield* readEachNode(nodes, {
        concurrency: options.concurrency,
        signal,
        read: (node, stop) => readNode(node, { ...shared, signal: stop }),
      });
    },
  };
}

/** Without a CA that can be read, no certificate verifies. */
function trustOf({ endpoint }: Cluster): SecureContext {
  try {
    return createSecureContext(endpoint?.caPem ? { ca: endpoint.caPem } : {});
  } catch {
    return createSecureContext({});
  }
}

interface ReadNodeOptions extends WireOptions {
  readonly cluster: Cluster;
  readonly signal: AbortSignal;
  readonly addressOf: NodeAddresses;
  readonly trust: SecureContext;
  /** Each address that was dialled, with the cluster that it was dialled for. */
  readonly dialled: Map<string, string>;
  readonly silence: Silence;
}

async function readNode(node: ClusterNode, options: ReadNodeOptions): Promise<Result<KubeletFacts, ReadFailure>> {
  const { cluster, clock, signal, dialled, silence, dial, trust } = options;
  const allowed = await options.addressOf(node);
  if (!allowed.ok) return err({ via: 'wire', ...allowed.error });
  if (signal.aborted)
    return err({ via: 'wire', kind: 'deadline', because: 'the kubelet was not asked: the time for it had run out' });
  if (silence.tooLong) return notTried(silence.tooLong);

  const address = allowed.value;
  const before = dialled.get(address);
  if (before !== undefined)
    return notTried(
      `its address was dialled before in this run, for cluster ${before}: each address is dialled once, since two networks can't be distinguished from here`,
    );
  dialled.set(address, cluster.name);

  const port = node.kubeletPort ?? usualKubeletPort;
  const timeoutMs = Math.min(longestMs, options.nodeTimeoutMs);
  const asked = { address, dial, timeoutMs, signal };
  const [own, readOnly] = await Promise.all([
    askOpenly({ ...asked, port, trust }),
    askOpenly({ ...asked, port: readOnlyPort }),
  ]);
  silence.record(!own.timedOut || !readOnly.timedOut);
  return wireFacts({
    at: `port ${port}`,
    answer: own.answer,
    servingCertificate: shownBy(own, { at: `port ${port}`, address, node, caPem: cluster.endpoint?.caPem }),
    readOnly: readOnly.answer.ok ? readOnly.answer.value : undefined,
    proof: { readAt: clock.now().toISOString(), sha256: hashOf([own, readOnly]) },
  });
}

interface ShownByOptions {
  readonly at: string;
  readonly address: string;
  readonly node: ClusterNode;
  readonly caPem: string | undefined;
}

function shownBy({ answer, certificate, hasNoCertificate }: OpenAnswer, options: ShownByOptions) {
  if (certificate) return servingCertificateFacts(certificate, { ...options, keyProven: true });
  if (!hasNoCertificate || answer.ok) return undefined;
  const { at, node } = options;
  return { state: 'none', at, because: answer.error, isOfNode: node.addressConfirmed === true } as const;
}

/** The hash of both answers as they are judged: status, content type and body. */
const hashOf = (answers: readonly OpenAnswer[]): string =>
  createHash('sha256')
    .update(JSON.stringify(answers.map(({ answer }) => (answer.ok ? answer.value : answer.error))))
    .digest('hex');

const notTried = (because: string): Result<never, ReadFailure> => err({ via: 'wire', kind: 'not-tried', because });
